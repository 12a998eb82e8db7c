using System.Net;
using System.Net.Sockets;
using Mend.Cluster;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Mend.Silo;

/// <summary>
/// Puts the silo together. What is added first starts first and stops last: the HTTP endpoints answer before the silo has joined
/// the cluster and until it has left.
/// </summary>
internal static class SiloHost
{
    /// <summary>Builds the host.</summary>
    /// <param name="settings">The settings, checked.</param>
    /// <param name="configuration">Where the levels of the log are.</param>
    public static IHost Build(SiloSettings settings, IConfiguration configuration)
    {
        MembershipDatabase? database = settings.Database();
        return new HostBuilder()
            .ConfigureAppConfiguration(host => host.AddInMemoryCollection(SiloTelemetry.Variables(settings)))
            .ConfigureLogging(logging => Log(logging, configuration))
            .ConfigureServices(services =>
            {
                services.AddSingleton(settings);
                services.AddSingleton<Readiness>();
                services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.Shutdown.Limit);
                SiloTelemetry.Add(services, settings);
            })
            .ConfigureWebHost(
                web => web.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, settings)).Configure(HealthEndpoints.Use),
                options => options.SuppressEnvironmentConfiguration = true)
            .ConfigureServices(services =>
            {
                services.AddHostedService<ReadinessLog>();
                if (database is not null)
                {
                    services.AddSingleton(database).AddHostedService<MembershipTables>();
                }
            })
            .UseOrleans((_, silo) => Configure(silo, settings, database))
            .ConfigureServices(services =>
            {
                services.AddSingleton<Drain>();
                services.AddSingleton<IIncomingGrainCallFilter>(s => s.GetRequiredService<Drain>());
                services.AddHostedService(s => s.GetRequiredService<Drain>());
            })
            .UseConsoleLifetime(console => console.SuppressStatusMessages = true)
            .Build();
    }

    private static void Listen(KestrelServerOptions kestrel, SiloSettings settings)
    {
        if (settings.HealthAddress() is { } address)
        {
            kestrel.Listen(address, settings.Health.Port);
        }
        else
        {
            kestrel.ListenAnyIP(settings.Health.Port);
        }
    }

    private static void Configure(ISiloBuilder silo, SiloSettings settings, MembershipDatabase? database)
    {
        ClusteringOptions cluster = settings.Cluster;
        silo.Configure<SiloOptions>(options => options.SiloName = cluster.SiloName);
        silo.Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = cluster.ClusterId);
        if (database is null)
        {
            silo.ConfigureEndpoints(cluster.Address ?? IPAddress.Loopback, cluster.SiloPort, cluster.GatewayPort);
            silo.UseDevelopmentClustering(cluster.Primary);
        }
        else
        {
            // Others may know this machine by an address that is not its own.
            silo.ConfigureEndpoints(cluster.Address ?? OwnAddress(), cluster.SiloPort, cluster.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(settings.ListensAt()));
            silo.UseMembershipDatabase(database);
        }

        // Passes that are running when the silo is told to stop may use all the time that it has.
        silo.Configure<GrainCollectionOptions>(options => options.DeactivationTimeout = settings.Shutdown.Limit);
        silo.UseMembershipTimings();
        silo.AddActivityPropagation();
        if (settings.Tls.Load() is { } certificates)
        {
            silo.UseMendCertificates(certificates);
        }

        silo.AddMendCluster(settings.Model, settings.Silo);
    }

    /// <summary>The address that this machine's name stands for; in a pod, the pod's. The loopback where it stands for none.</summary>
    private static IPAddress OwnAddress()
    {
        try
        {
            IPAddress[] all = Dns.GetHostAddresses(Dns.GetHostName());
            return all.OrderBy(a => a.AddressFamily).FirstOrDefault(a => !IPAddress.IsLoopback(a) && !a.IsIPv6LinkLocal) ?? IPAddress.Loopback;
        }
        catch (SocketException)
        {
            return IPAddress.Loopback;
        }
    }

    private static void Log(ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.AddConfiguration(configuration.GetSection("Logging"));
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }
}

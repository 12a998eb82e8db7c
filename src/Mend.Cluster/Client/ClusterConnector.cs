using System.Net;
using System.Net.Sockets;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Mend.Cluster;

/// <summary>Connects programs that know nothing of Orleans to the model of a cluster.</summary>
public static class ClusterConnector
{
    /// <summary>A gateway that is not there is no reason to give up: it may be restarting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Until the next try, half as long to half as long again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Connects to a model.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The model; disposing it ends the connection.</returns>
    /// <exception cref="FormatException">The address cannot be read; the message says what is wanted.</exception>
    /// <exception cref="RetryableException">Nothing answers there now.</exception>
    public static async Task<IEditableModel> ConnectAsync(RemoteModel address, CancellationToken cancellationToken)
    {
        Action<IClientBuilder> gateways = await GatewaysAsync(address.Address, cancellationToken).ConfigureAwait(false);
        IHost host = new HostBuilder().UseOrleansClient(client =>
        {
            gateways(client);
            client.Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = address.ClusterId);
            client.AddActivityPropagation();
            client.AddMendCluster();
            if (address.Certificates is { } certificates)
            {
                client.UseMendCertificates(certificates);
            }

            client.UseConnectionRetryFilter(Retrying());
        }).Build();
        try
        {
            await StartAsync(host, address, cancellationToken).ConfigureAwait(false);
            return await ClusterModel.ConnectAsync(
                host.Services.GetRequiredService<IClusterClient>(), new ClusterModelOptions { Model = address.Model }, new Connection(host), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await new Connection(host).DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task StartAsync(IHost host, RemoteModel address, CancellationToken cancellationToken)
    {
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OrleansException or SocketException or TimeoutException or Npgsql.NpgsqlException)
        {
            throw new RetryableException(
                $"No silo of cluster '{address.ClusterId}' answers at {Shown(address.Address)} ({error.Message}); check that one runs there, its gateway port, the cluster's id and the certificates, and try again.", error);
        }
    }

    private static Func<Exception, CancellationToken, Task<bool>> Retrying()
    {
        long started = TimeProvider.System.GetTimestamp();
        return async (_, cancellationToken) =>
        {
            await Task.Delay(Pause * (0.5 + Random.Shared.NextDouble()), cancellationToken).ConfigureAwait(false);
            return TimeProvider.System.GetElapsedTime(started) < Patience;
        };
    }

    private static async Task<Action<IClientBuilder>> GatewaysAsync(string address, CancellationToken cancellationToken)
    {
        if (IsDatabase(address))
        {
            MembershipDatabase database = MembershipDatabase.Parse(address);
            return client => client.UseMembershipDatabase(database);
        }

        List<IPEndPoint> gateways = [];
        foreach (string gateway in address.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            gateways.AddRange(await ResolveAsync(gateway, cancellationToken).ConfigureAwait(false));
        }

        return gateways.Count > 0 ? client => client.UseStaticClustering([.. gateways]) : throw NoGateway(address);
    }

    private static async Task<IEnumerable<IPEndPoint>> ResolveAsync(string gateway, CancellationToken cancellationToken)
    {
        if (IPEndPoint.TryParse(gateway, out IPEndPoint? known) && known.Port > 0)
        {
            return [known];
        }

        if (!Uri.TryCreate("tcp://" + gateway, UriKind.Absolute, out Uri? uri) || uri.Port < 1 || uri.PathAndQuery != "/")
        {
            throw NoGateway(gateway);
        }

        try
        {
            return (await Dns.GetHostAddressesAsync(uri.DnsSafeHost, cancellationToken).ConfigureAwait(false)).Select(a => new IPEndPoint(a, uri.Port));
        }
        catch (SocketException error)
        {
            throw new RetryableException($"The host name '{uri.DnsSafeHost}' is not known here ({error.Message}); check it.", error);
        }
    }

    private static FormatException NoGateway(string text) =>
        new($"'{text}' is no address of a cluster; host:port of a silo's gateway is wanted, several with commas between them, or postgresql://user@host/database.");

    private static bool IsDatabase(string address) => PostgresLedgerAddress.IsAddress(address);

    private static string Shown(string address) => IsDatabase(address) ? MembershipDatabase.Parse(address).Name : address;

    /// <summary>The client; ends with the model.</summary>
    private sealed class Connection(IHost host) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
            host.Dispose();
        }
    }
}

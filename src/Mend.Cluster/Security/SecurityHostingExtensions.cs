using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Orleans.Hosting;

namespace Mend.Cluster;

/// <summary>Lets silos and clients speak only to those whose certificates they believe, over TLS on both sides, and guards calls by rights.</summary>
public static class SecurityHostingExtensions
{
    /// <summary>Secures a silo: the other silos' port takes silos, the gateway's port whoever has a right.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="certificates">Its certificate, OU=silo.</param>
    public static ISiloBuilder UseMendCertificates(this ISiloBuilder builder, ClusterCertificates certificates)
    {
        builder.Configure<SiloConnectionOptions>(options =>
        {
            options.ConfigureSiloInboundConnection(connection => connection.UseServerTls(Options(certificates, CallerRight.Silo)));
            options.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(Options(certificates, CallerRight.Read)));
            options.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(Options(certificates, CallerRight.Silo)));
        });
        return builder.GuardCalls(certificates);
    }

    /// <summary>Secures a client, which speaks to silos only.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="certificates">Its certificate; what it may do is its OU.</param>
    public static IClientBuilder UseMendCertificates(this IClientBuilder builder, ClusterCertificates certificates)
    {
        builder.Configure<ClientConnectionOptions>(options => options.ConfigureConnection(connection => connection.UseClientTls(Options(certificates, CallerRight.Silo))));
        return builder.SignCalls(certificates);
    }

    /// <summary>The half of a silo's security that is above connections.</summary>
    internal static ISiloBuilder GuardCalls(this ISiloBuilder builder, ClusterCertificates certificates)
    {
        builder.Services.AddSingleton(certificates).TryAddSingleton(TimeProvider.System);
        // Before every other: nothing else is said to who has no right.
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IIncomingGrainCallFilter, CallGuard>());
        builder.AddOutgoingGrainCallFilter<CallSigner>();
        return builder;
    }

    /// <summary>The half of a client's security that is above connections.</summary>
    internal static IClientBuilder SignCalls(this IClientBuilder builder, ClusterCertificates certificates)
    {
        builder.Services.AddSingleton(certificates).TryAddSingleton(TimeProvider.System);
        builder.AddOutgoingGrainCallFilter<CallSigner>();
        return builder;
    }

    private static TlsOptions Options(ClusterCertificates certificates, CallerRight wanted)
    {
        TlsOptions options = new()
        {
            LocalCertificate = certificates.Own,
            LocalClientCertificateSelector = (_, _, _, _, _) => certificates.Own,
            RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
            ClientCertificateMode = RemoteCertificateMode.RequireCertificate,
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CheckCertificateRevocation = false,
            RemoteCertificateValidation = (certificate, _, _) => certificate is not null && certificates.RightOf(certificate) >= wanted,
        };

        // Names of machines are not looked at: silos know each other by addresses, and believe the authority's OU=silo.
        options.OnAuthenticateAsClient = (_, authentication) => authentication.TargetHost = "mend";
        return options;
    }
}

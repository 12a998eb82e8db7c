using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mend.Cluster;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Silo.Tests;

/// <summary>Silos with certificates, between processes.</summary>
public sealed class TlsTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    [Fact]
    public async Task TwoSilos_WithCertificates_ServeThoseWhoHaveOneAndNobodyElse()
    {
        using TestAuthority authority = new(), others = new();
        await using SiloProcesses silos = new(folder, 2, "--Tls:Certificate", authority.Issue("CN=silo, OU=silo"), "--Tls:Authority", authority.File);
        await silos.StartAsync();
        ClusterCertificates reader = ClusterCertificates.Load(authority.Issue("CN=alice, OU=read"), null, authority.File);
        ClusterCertificates stranger = ClusterCertificates.Load(others.Issue("CN=mallory, OU=silo"), null, others.File);

        await using (IEditableModel model = await silos.ConnectAsync(ClusterCertificates.Load(authority.Issue("CN=bob, OU=edit"), null, authority.File)))
        {
            Assert.Equal(1, (await model.EditAsync([EditableFolder.Edits[0]])).Version.Number);
        }

        await using (IEditableModel model = await silos.ConnectAsync(reader))
        {
            Assert.NotEmpty(await model.ScoreAsync([new PromptTarget("the sky", " is")]));
            await Assert.ThrowsAsync<NotAllowedException>(() => model.EditAsync([EditableFolder.Edits[1]]));
            Assert.Single(await model.LogAsync());
        }

        foreach (int port in new[] { silos.SiloPort(0), silos.GatewayPort(0) })
        {
            Assert.True(await IsRefusedAsync(port, null), $"Port {port} takes who shows no certificate.");
            Assert.True(await IsRefusedAsync(port, stranger.Own), $"Port {port} takes the certificate of another authority.");
        }

        Assert.True(await IsRefusedAsync(silos.SiloPort(0), reader.Own), "The port of silos takes a client.");
        Assert.False(await IsRefusedAsync(silos.GatewayPort(0), reader.Own), "The port of clients takes no client.");
        await Assert.ThrowsAsync<RetryableException>(() => silos.ConnectAsync());
    }

    /// <summary>Whether a connection ends before a byte of a silo's comes; a silo speaks first when it has let somebody in.</summary>
    private static async Task<bool> IsRefusedAsync(int port, X509Certificate2? shown)
    {
        using TcpClient tcp = new();
        await tcp.ConnectAsync("127.0.0.1", port);
        await using SslStream tls = new(tcp.GetStream(), false, (_, _, _, _) => true);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "mend", ClientCertificates = shown is null ? null : [shown] }, limit.Token);
            return await tls.ReadAsync(new byte[1], limit.Token) == 0;
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            // Neither ended nor spoken to: it is let in, and the silo waits for it to speak.
            return false;
        }
    }
}

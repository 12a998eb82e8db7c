using System.Security.Cryptography.X509Certificates;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Mend.Cluster.Tests.Security;

public sealed class RightsTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    /// <summary>Above connections, which are in memory here; those are tested between processes.</summary>
    [Fact]
    public async Task Calls_ByRight_AreServedOrRefused()
    {
        using TestAuthority authority = new(), others = new();
        ClusterCertificates Of(string right) => ClusterCertificates.Load(authority.Issue($"CN=someone, OU={right}"), null, authority.File);
        Caller caller = new(Of("operate"));
        await using TinyCluster cluster = await TinyCluster.StartAsync(
            folder, silos: 2, shards: 2, also: silo => silo.GuardCalls(Of("silo")), alsoClient: client => client.Services.AddSingleton<IOutgoingGrainCallFilter>(services => caller.In(services)));
        Pass drafting = new() { Batch = new ModelBatch(1, [5, 17]), Drafts = ["mine"] };

        caller.Is(Of("read"));
        Assert.Equal(0, (await cluster.Model.HeadAsync()).Number);
        Assert.Empty(await cluster.Model.LogAsync());
        Assert.NotEmpty(await cluster.Model.ScoreAsync([new PromptTarget("the sky", " is")]));
        Assert.Contains("OU=edit", (await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Model.EditAsync([EditableFolder.Edits[0]]))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Model.PreviewAsync([EditableFolder.Edits[0]]));
        await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Model.RevertAsync([new ModelVersion(1)]));
        await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Model.UseEditorAsync("x"));
        await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Model.Runner.RunAsync(drafting, PassHooks.None, default));
        await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Silos.Client.GetGrain<IShardGrain>("default/0").ApplyAsync(0, default));
        await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Silos.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero));
        Assert.Equal(0, (await cluster.Model.HeadAsync()).Number);

        caller.Is(Of("edit"));
        Assert.Equal(1, (await cluster.Model.EditAsync([EditableFolder.Edits[0]])).Version.Number);
        await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Model.ConsolidateAsync(new ConsolidationOptions()));
        await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Model.UseEditorAsync("x"));
        await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Silos.Client.GetGrain<IShardGrain>("default/0").PrepareAsync("edit", new WireDraft("d", 1, [0]), default));

        caller.Is(Of("operate"));
        await Assert.ThrowsAsync<EditorFileException>(() => cluster.Model.UseEditorAsync("x"));
        caller.Is(ClusterCertificates.Load(others.Issue("CN=stranger, OU=operate"), null, others.File));
        Assert.Contains("right none", (await Assert.ThrowsAsync<NotAllowedException>(() => cluster.Model.HeadAsync())).Message, StringComparison.Ordinal);

        // The test's own calls at the end.
        caller.Is(Of("operate"));
    }

    [Fact]
    public void RightOf_CertificatesThatAreNotBelieved_IsNone()
    {
        using TestAuthority authority = new(), others = new();
        ClusterCertificates silo = ClusterCertificates.Load(authority.Issue("CN=silo-0, OU=silo"), null, authority.File);
        CallerRight Right(string file) => silo.RightOf(X509Certificate2.CreateFromPemFile(file));

        Assert.Equal(CallerRight.Read, Right(authority.Issue("CN=alice, OU=read")));
        Assert.Equal(CallerRight.Operate, Right(authority.Issue("CN=alice, OU=read, OU=operate")));
        Assert.Equal(CallerRight.None, Right(authority.Issue("CN=alice")));
        Assert.Equal(CallerRight.None, Right(authority.Issue("CN=\"OU=silo\"")));
        Assert.Equal(CallerRight.None, Right(authority.Issue("CN=alice, OU=silo", days: 0)));
        Assert.Equal(CallerRight.None, Right(others.Issue("CN=alice, OU=silo")));
        Assert.Contains("is not of the authority", Assert.Throws<IOException>(() => ClusterCertificates.Load(others.Issue("CN=x, OU=silo"), null, authority.File)).Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => ClusterCertificates.Load(authority.File, null, authority.File));
    }

    [Fact]
    public void Token_OfAnotherHourClusterOrKey_IsNobodys()
    {
        using TestAuthority authority = new();
        X509Certificate2 alice = ClusterCertificates.Load(authority.Issue("CN=alice, OU=read"), null, authority.File).Own;
        X509Certificate2 bob = ClusterCertificates.Load(authority.Issue("CN=bob, OU=operate"), null, authority.File).Own;
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        CallerToken token = CallerToken.Sign(alice, "mend", now);

        Assert.Equal(alice.Thumbprint, token.Read("mend", now)?.Thumbprint);
        Assert.Null(token.Read("other", now));
        Assert.Null(token.Read("mend", now + (2 * CallerToken.Lifetime)));
        Assert.Null(token.Read("mend", now - (2 * CallerToken.Lifetime)));
        Assert.Null((token with { Certificate = bob.RawData }).Read("mend", now));
        Assert.Null((token with { Ends = token.Ends + 1 }).Read("mend", now));
        Assert.Null((token with { Certificate = [1, 2, 3] }).Read("mend", now));
    }

    /// <summary>Signs calls with one certificate after another.</summary>
    private sealed class Caller(ClusterCertificates first) : IOutgoingGrainCallFilter
    {
        private IServiceProvider? _services;
        private volatile CallSigner? _signer;

        public Caller In(IServiceProvider services)
        {
            _services = services;
            Is(first);
            return this;
        }

        public void Is(ClusterCertificates certificates) => _signer = new CallSigner(certificates, _services!.GetRequiredService<IOptions<ClusterOptions>>(), TimeProvider.System);

        public Task Invoke(IOutgoingGrainCallContext context) => _signer!.Invoke(context);
    }
}

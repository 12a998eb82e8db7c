using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Mend.Cluster.Tests.Silo;

/// <summary>A silo may see a commit later than others: a folder on the network, a standby that is asked.</summary>
public sealed class ShardBehindTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    [Fact]
    public async Task ScoreAsync_AShardHasNotLearntOfTheVersion_ToBeSentAgainAndThenAnswered()
    {
        Delay delay = new();
        await using TinyCluster cluster = await TinyCluster.StartAsync(
            folder, client: new ClusterModelOptions { RetryFor = TimeSpan.FromSeconds(1) }, configure: (number, silo) => silo.Roles = [number],
            also: silo => silo.Services.AddSingleton<LedgerStoreFactory>(services =>
                ledger => new Behind(LedgerStores.Open(ledger, "default"), delay, services.GetRequiredService<ILocalSiloDetails>())));
        ModelVersion version = (await cluster.Model.EditAsync([EditableFolder.Edits[0]])).Version;
        ICoordinatorGrain coordinator = cluster.Silos.Client.GetGrain<ICoordinatorGrain>("default");
        SiloAddress? home = await cluster.Silos.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(coordinator);

        delay.Silo = cluster.Silos.Silos.First(s => !s.SiloAddress.Equals(home)).SiloAddress;
        await cluster.Model.RevertAsync(new RevertRequest([version]));

        RetryableException behind = await Assert.ThrowsAsync<RetryableException>(() => ScoreAsync(cluster, 2));
        Assert.Contains("version 2", behind.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UnknownVersionException>(() => ScoreAsync(cluster, 9));

        delay.Silo = null;
        Assert.Single(await ScoreAsync(cluster, 2));
    }

    private static Task<IReadOnlyList<AnswerScore>> ScoreAsync(TinyCluster cluster, long version) =>
        cluster.Model.ScoreAsync([new PromptTarget("the sky", " is")], new ModelVersion(version));

    /// <summary>Which silo sees nothing behind the first version.</summary>
    private sealed class Delay
    {
        public SiloAddress? Silo { get; set; }
    }

    private sealed class Behind(ILedgerStore inner, Delay delay, ILocalSiloDetails silo) : StoreDecorator(inner)
    {
        private LedgerHead? _first;

        public override async ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken)
        {
            LedgerHead head = await base.HeadAsync(cancellationToken);
            _first = head.Version == new ModelVersion(1) ? head : _first;
            return delay.Silo is { } behind && behind.Equals(silo.SiloAddress) ? _first ?? head : head;
        }
    }
}

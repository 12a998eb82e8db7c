using System.Diagnostics;
using Mend.Ledger;
using Mend.Cluster;
using Mend.Sharding;

namespace Mend.Silo.Tests;

/// <summary>Silos that meet in PostgreSQL and keep their versions there.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresClusterTests(PostgresServer server, EditableFolder folder) : IClassFixture<EditableFolder>
{
    /// <summary>About ten seconds when nothing else runs; the machine may be busy.</summary>
    private static readonly TimeSpan DeathLimit = TimeSpan.FromSeconds(40);

    [PostgresFact]
    public async Task Silo_Killed_IsDeclaredDeadAndItsSuccessorTakesItsPlace()
    {
        string name = await server.CreateDatabaseAsync();
        string address = server.AddressText(name);
        await using SiloProcesses silos = new(folder, shards: 2, "--Cluster:Clustering", "postgresql", "--Model:Ledger", address);
        await silos.StartAsync();
        await using IEditableModel model = await ClusterConnector.ConnectAsync(new RemoteModel(address), default);
        await model.EditAsync([EditableFolder.Edits[0]]);

        silos.Running[1].Kill();
        await silos.Running[1].EndAsync(SiloProcesses.Limit);
        Stopwatch since = Stopwatch.StartNew();
        while ((long)(await server.RunInAsync(name, "SELECT count(*) FROM mend_membership.silo WHERE status = 6"))! == 0)
        {
            Assert.True(since.Elapsed < DeathLimit, $"silo-1 is not declared dead after {since.Elapsed}. {silos.Running[0].Output}");
            await Task.Delay(100);
        }

        await silos.Start(1).SaysAsync("is ready. Serves shard", SiloProcesses.Limit);
        Assert.Equal(2, (await model.EditAsync([EditableFolder.Edits[1]])).Version.Number);

        // At the same address before anybody has noticed: the new one is in at once.
        silos.Running[0].Kill();
        await silos.Running[0].EndAsync(SiloProcesses.Limit);
        await silos.Start(0).SaysAsync("is ready. Serves shard", SiloProcesses.Limit);
        Assert.Equal(3, (await model.EditAsync([EditableFolder.Edits[2]])).Version.Number);
        Assert.Equal(3, (await model.LogAsync()).Count);
    }
}

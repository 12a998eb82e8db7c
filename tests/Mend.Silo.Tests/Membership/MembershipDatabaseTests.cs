using System.Globalization;
using System.Net;
using Mend.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Mend.Silo.Tests;

/// <summary>What Orleans' own provider makes of the tables, on a real server.</summary>
[Collection(PostgresCollection.Name)]
public sealed class MembershipDatabaseTests(PostgresServer server)
{
    private static readonly DateTime Start = new(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc);

    [PostgresFact]
    public async Task Table_SilosComeAndGo_ListsThemAsTheyAre()
    {
        MembershipDatabase database = await NewAsync();
        using IHost silo = new HostBuilder().UseOrleans(s => Named(s.UseMembershipDatabase(database).Services)).Build();
        using IHost client = new HostBuilder().UseOrleansClient(c => Named(c.UseMembershipDatabase(database).Services)).Build();
        IMembershipTable table = silo.Services.GetRequiredService<IMembershipTable>();
        IGatewayListProvider gateways = client.Services.GetRequiredService<IGatewayListProvider>();
        await table.InitializeMembershipTableAsync(true);
        await table.InitializeMembershipTableAsync(true);
        await gateways.InitializeGatewayListProvider();
        MembershipEntry a = Silo("a", 1), b = Silo("b", 2);

        // Joining: the version that was read must still be the newest, and nobody joins twice.
        TableVersion empty = (await table.ReadAllAsync()).Version;
        Assert.True(await table.InsertRowAsync(a, empty.Next()));
        Assert.False(await table.InsertRowAsync(b, empty.Next()));
        TableVersion one = (await table.ReadAllAsync()).Version;
        Assert.False(await table.InsertRowAsync(a, one.Next()));
        Assert.Equal((0, 1, 1), (empty.Version, one.Version, (await table.ReadAllAsync()).Version.Version));
        Assert.True(await table.InsertRowAsync(b, one.Next()));
        Assert.Equal(["a", "b"], await NamesAsync(table));
        Assert.Equal(Show(a), Show(await ReadAsync(table, a)));
        Assert.Equal([1, 2], (await gateways.GetGateways()).Select(g => g.Port - 30000).Order());

        // A heartbeat changes its time alone.
        a.IAmAliveTime = Start.AddMinutes(1);
        await table.UpdateIAmAliveAsync(a);
        Assert.Equal(Show(a), Show(await ReadAsync(table, a)));
        TableVersion two = (await table.ReadAllAsync()).Version;
        Assert.Equal(2, two.Version);

        // Death.
        b.AddSuspector(a.SiloAddress, Start.AddSeconds(5));
        b.Status = SiloStatus.Dead;
        // The row's tag is the one it was read with: the provider has one for all rows, that of the version.
        string read = (await table.ReadAllAsync()).Members.Single(m => m.Item1.SiloAddress.Equals(b.SiloAddress)).Item2;
        Assert.False(await table.UpdateRowAsync(b, one.VersionEtag, one.Next()));
        Assert.False(await table.UpdateRowAsync(b, one.VersionEtag, two.Next()));
        Assert.True(await table.UpdateRowAsync(b, read, two.Next()));
        Assert.Equal(Show(b), Show(await ReadAsync(table, b)));
        Assert.Equal([1], (await gateways.GetGateways()).Select(g => g.Port - 30000));
        TableVersion three = (await table.ReadAllAsync()).Version;
        Assert.False(await table.UpdateRowAsync(Silo("c", 3), three.VersionEtag, three.Next()));
        Assert.Equal(3, (await table.ReadAllAsync()).Version.Version);

        // Rows of the dead go, once they are old.
        await table.CleanupDefunctSiloEntriesAsync(Start.AddMinutes(-1));
        Assert.Equal(["a", "b"], await NamesAsync(table));
        await table.CleanupDefunctSiloEntriesAsync(Start.AddHours(1));
        Assert.Equal(["a"], await NamesAsync(table));
        Assert.Empty((await table.ReadRowAsync(b.SiloAddress)).Members);
        await table.DeleteMembershipTableEntriesAsync("test");
        Assert.Empty(await gateways.GetGateways());
    }

    [PostgresFact]
    public async Task EnsureAsync_ManySilosAtOnceAndAgain_MakeTheTablesOnce()
    {
        string name = await server.CreateDatabaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => MembershipDatabase.Parse(server.AddressText(name)).EnsureAsync(default)));
        await server.RunInAsync(name, "UPDATE mend_membership.schema_version SET version = 99");

        // A newer release was here; it serves this one too.
        await MembershipDatabase.Parse(server.AddressText(name)).EnsureAsync(default);

        Assert.Equal(9L, await server.RunInAsync(name, "SELECT count(*) FROM mend_membership.orleansquery"));
        Assert.Equal(99, await server.RunInAsync(name, "SELECT version FROM mend_membership.schema_version"));
    }

    private async Task<MembershipDatabase> NewAsync()
    {
        MembershipDatabase database = MembershipDatabase.Parse(server.AddressText(await server.CreateDatabaseAsync()));
        await database.EnsureAsync(default);
        return database;
    }

    private static void Named(IServiceCollection services) => services.Configure<ClusterOptions>(o => o.ClusterId = o.ServiceId = "test");

    private static MembershipEntry Silo(string name, int number) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Loopback, 11110 + number, 100 + number),
        SiloName = name,
        HostName = $"host-{name}",
        Status = SiloStatus.Active,
        ProxyPort = 30000 + number,
        StartTime = Start,
        IAmAliveTime = Start,
    };

    private static async Task<IEnumerable<string>> NamesAsync(IMembershipTable table) => (await table.ReadAllAsync()).Members.Select(m => m.Item1.SiloName).Order(StringComparer.Ordinal);

    private static async Task<MembershipEntry> ReadAsync(IMembershipTable table, MembershipEntry entry) => Assert.Single((await table.ReadRowAsync(entry.SiloAddress)).Members).Item1;

    private static string Show(MembershipEntry e) => string.Create(
        CultureInfo.InvariantCulture,
        $"{e.SiloAddress.ToParsableString()} {e.SiloName} {e.HostName} {e.Status} {e.ProxyPort} {e.StartTime:s} {e.IAmAliveTime:s} {string.Join(';', (e.SuspectTimes ?? []).Select(s => $"{s.Item1.ToParsableString()} {s.Item2:s}"))}");
}

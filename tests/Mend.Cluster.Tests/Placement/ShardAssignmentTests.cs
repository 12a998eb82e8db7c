using System.Net;
using Orleans.Runtime;

namespace Mend.Cluster.Tests.Placement;

public sealed class ShardAssignmentTests
{
    private static readonly long[] Bytes = [100, 200, 300];

    [Fact]
    public void Assign_AsManySilosAsShards_OneEachWhateverTheirOrder()
    {
        SiloOffer[] silos = [.. Enumerable.Range(0, 3).Select(i => Silo($"silo-{i}"))];

        IReadOnlyList<SiloOffer?> one = ShardAssignment.Assign("m", Bytes, silos);
        IReadOnlyList<SiloOffer?> other = ShardAssignment.Assign("m", Bytes, [.. silos.Reverse()]);

        Assert.Equal(one, other);
        Assert.Equal(3, one.OfType<SiloOffer>().Distinct().Count());
    }

    [Fact]
    public void Assign_ASiloGone_MovesHardlyMoreThanItHad()
    {
        List<SiloOffer> silos = [.. Enumerable.Range(0, 6).Select(i => Silo($"silo-{i}"))];
        IReadOnlyList<SiloOffer?> before = ShardAssignment.Assign("m", Bytes, silos);

        for (int gone = 0; gone < silos.Count; gone++)
        {
            IReadOnlyList<SiloOffer?> after = ShardAssignment.Assign("m", Bytes, [.. silos.Where((_, i) => i != gone)]);

            Assert.DoesNotContain(null, after);
            int moved = Enumerable.Range(0, 3).Count(s => before[s] != silos[gone] && before[s] != after[s]);
            Assert.InRange(moved, 0, before.Contains(silos[gone]) ? 1 : 0);
        }
    }

    [Fact]
    public void Assign_ASiloRestarted_GetsItsShardBack()
    {
        SiloOffer[] silos = [.. Enumerable.Range(0, 3).Select(i => Silo($"silo-{i}"))];
        SiloOffer[] restarted = [silos[0], silos[1] with { Silo = Address(99) }, silos[2]];

        Assert.Equal(ShardAssignment.Assign("m", Bytes, silos).Select(s => s!.Name), ShardAssignment.Assign("m", Bytes, restarted).Select(s => s!.Name));
    }

    [Fact]
    public void Assign_Roles_AreKeptAndComeBeforeMemory()
    {
        SiloOffer[] silos = [Silo("a", roles: [2]), Silo("b", roles: [0]), Silo("c"), Silo("d", roles: [7])];

        Assert.Equal(["b", "c", "a"], ShardAssignment.Assign("m", Bytes, silos).Select(s => s!.Name));
    }

    [Fact]
    public void Assign_Memory_IsRespected()
    {
        SiloOffer[] silos = [Silo("small", memory: 150), Silo("middle", memory: 250), Silo("large", memory: 350)];

        Assert.Equal("large", ShardAssignment.Assign("m", [300], silos)[0]!.Name);
        Assert.Null(ShardAssignment.Assign("m", [400], silos)[0]);
    }

    [Fact]
    public void Assign_TooFewSilos_LeavesShardsOutUnlessTheyMayBeShared()
    {
        Assert.Equal(2, ShardAssignment.Assign("m", Bytes, [Silo("a")]).Count(s => s is null));
        Assert.All(ShardAssignment.Assign("m", Bytes, [Silo("a", share: true)]), s => Assert.Equal("a", s!.Name));
        Assert.Equal(1, ShardAssignment.Assign("m", Bytes, [Silo("a", memory: 350, share: true)]).Count(s => s is not null));
        Assert.All(ShardAssignment.Assign("m", Bytes, [Silo("a", roles: [0, 1]), Silo("b", roles: [2])]), Assert.NotNull);
    }

    private static SiloOffer Silo(string name, int[]? roles = null, long? memory = null, bool share = false) =>
        new(Address(name[^1]), name, "digest", Bytes, roles?.ToHashSet(), memory, share);

    private static SiloAddress Address(int port) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 10_000 + port), 1);
}

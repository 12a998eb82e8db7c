using System.Diagnostics;
using Xunit.Abstractions;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>
/// The commit protocol under everything that may happen between processes. Each schedule repeats from its seed; a failure names the
/// seed, and <see cref="OneSchedule_FromTheEnvironment_HoldsEveryPromise"/> runs it alone and shows what happened.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Most = 10_000;

    [Fact]
    public void TenThousandSchedules_OfTheProtocol_HoldEveryPromise()
    {
        Stopwatch watch = Stopwatch.StartNew();

        IReadOnlyList<ScheduleResult> results = Schedules.Run(Enumerable.Range(1, Most), () => new Protocol());

        output.WriteLine(
            $"{results.Count} schedules in {watch.Elapsed.TotalSeconds:F1} s: {results.Sum(r => r.Steps)} steps, {results.Sum(r => r.Versions)} versions, "
            + $"{results.Sum(r => r.ContestedVersions)} of them contested, {results.Sum(r => r.Reads)} reads.");
        AssertHold(results);
        Assert.True(results.Count(r => r.ContestedVersions > 0) > Most / 20, "Coordinators hardly ever met.");
        Assert.True(results.Sum(r => r.Reads) > Most, "Hardly anybody read.");
    }

    [Fact]
    public void OneSchedule_FromTheEnvironment_HoldsEveryPromise()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable(Schedules.SeedVariable), out int given) ? given : 1;

        (ScheduleResult result, IReadOnlyList<string> trace) = Schedules.RunWithTrace(seed);

        output.WriteLine(string.Join('\n', trace));
        Assert.NotEmpty(trace);
        Assert.True(result.Violation is null, result.ToString());
    }

    [Fact]
    public void SameSeed_Again_IsTheSameSchedule()
    {
        IReadOnlyList<ScheduleResult> first = Schedules.Run(Enumerable.Range(1, 50), () => new Protocol());
        IReadOnlyList<ScheduleResult> second = Schedules.Run(Enumerable.Range(1, 50), () => new Protocol());

        Assert.Equal(first, second);
        Assert.Equal(50, first.Select(r => r.Hash).Distinct().Count());
    }

    /// <summary>Two mounts and more, each with a head that may be old, without locks between them.</summary>
    [Fact]
    public void OtherMachines_WithoutLocksBetweenThem_HoldEveryPromise()
    {
        IReadOnlyList<ScheduleResult> results = Schedules.Run(Enumerable.Range(1, 2_000), () => new OtherMachines());

        output.WriteLine($"{results.Count} schedules: {results.Sum(r => r.Versions)} versions, {results.Sum(r => r.ContestedVersions)} of them contested, {results.Sum(r => r.Reads)} reads.");
        AssertHold(results);
    }

    /// <summary>A standby takes over that was behind, once in each schedule.</summary>
    [Fact]
    public void StoreThatLosesItsTail_MixesNothingAndGoesOn()
    {
        IReadOnlyList<ScheduleResult> results = Schedules.Run(Enumerable.Range(1, 2_000), () => new TailIsLost());

        output.WriteLine($"{results.Count} schedules: {results.Sum(r => r.Versions)} versions, {results.Sum(r => r.Reads)} reads.");
        AssertHold(results);
    }

    [Fact]
    public void ShardsThatTrustNumbers_AreCaughtWithinAThousandSchedules() => AssertCaught(() => new TrustsNumbers(), "saw another");

    [Fact]
    public void AppendByNumber_RuinsLedgersAndIsCaughtWithinAThousandSchedules() => AssertCaught(() => new AppendsByNumber(), "s of calm");

    [Fact]
    public void CollectionOfWhatLooksDead_IsCaughtWithinAThousandSchedules() => AssertCaught(() => new TakesWhatIsYoung(), "are committed and not there");

    [Fact]
    public void CommitOfWhatIsOld_IsCaughtWithinAThousandSchedules() => AssertCaught(() => new NamesWhatIsOld(), "are committed and not there");

    [Fact]
    public void CommitBeforePrepareFinishes_IsCaughtWithinAThousandSchedules() =>
        AssertCaught(() => new CommitsBeforePrepared(), "are committed and not there");

    [Fact]
    public void NobodyWhoCollects_IsCaughtWithinAThousandSchedules() => AssertCaught(() => new NeverCollects(), "was never collected");

    [Fact]
    public void AppendThatOverwrites_IsCaughtWithinAThousandSchedules() => AssertCaught(() => new Overwrites(), "was committed after");

    /// <summary>A shard that votes too early does no harm: the append looks for what it names.</summary>
    [Fact]
    public void ShardThatVotesTooEarly_IsStoppedByTheAppend() =>
        AssertHold(Schedules.Run(Enumerable.Range(1, 300), () => new VotesTooEarly()));

    [Fact]
    public void TwoCoordinators_ForcedToActAtOnce_NeverCommitTheSameVersion()
    {
        IReadOnlyList<ScheduleResult> results = Schedules.RunTwoAtOnce(Enumerable.Range(1, 200));

        AssertHold(results);
        Assert.All(results, r => Assert.NotEqual(0, r.ContestedVersions));
    }

    private static void AssertHold(IReadOnlyList<ScheduleResult> results)
    {
        List<ScheduleResult> broken = [.. results.Where(r => r.Violation is not null)];
        Assert.True(broken.Count == 0, $"{broken.Count} of {results.Count} schedules broke a promise.\n{string.Join('\n', broken.Take(5))}");
    }

    private void AssertCaught(Func<Protocol> protocol, string violation)
    {
        IReadOnlyList<ScheduleResult> results = Schedules.Run(Enumerable.Range(1, 1000), protocol);

        List<ScheduleResult> caught = [.. results.Where(r => r.Violation is not null)];
        output.WriteLine($"Caught in {caught.Count} of {results.Count} schedules, first in {caught.FirstOrDefault()?.Seed}: {caught.FirstOrDefault()?.Violation}");
        Assert.Contains(caught, r => r.Violation!.Contains(violation, StringComparison.Ordinal));
    }
}

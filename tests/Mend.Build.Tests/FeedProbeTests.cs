namespace Mend.Build.Tests;

/// <summary>The commands of one developer's session, each run once; the tests look at what they left.</summary>
public sealed class FeedProbeSession : IAsyncLifetime
{
    private readonly TinySolution _solution = new();

    internal DotnetRun TestWithout { get; private set; } = null!;
    internal DotnetRun BuildWithout { get; private set; } = null!;
    internal DotnetRun FullWithout { get; private set; } = null!;
    internal DotnetRun EmbeddedAlone { get; private set; } = null!;
    internal DotnetRun BuildAloneWith { get; private set; } = null!;
    internal DotnetRun TestWith { get; private set; } = null!;
    internal string[] PlainTypesWithout { get; private set; } = [];
    internal string[] NeedyTypesWithout { get; private set; } = [];
    internal string[] NeedyTypesWith { get; private set; } = [];
    internal bool ProbedOnce { get; private set; }

    public async Task InitializeAsync()
    {
        TestWithout = await _solution.DotnetAsync("test", "Tiny.slnx");
        var probedAt = _solution.ProbedAt;
        BuildWithout = await _solution.DotnetAsync("build", "Tiny.slnx");
        PlainTypesWithout = _solution.TypesOf("Plain");
        NeedyTypesWithout = _solution.TypesOf("Needy");
        FullWithout = await _solution.DotnetAsync("build", "Tiny.slnx", "-p:MendProfile=full");
        EmbeddedAlone = await _solution.DotnetAsync("build", "src/Needy", "--no-restore", "-p:MendProfile=embedded");
        ProbedOnce = probedAt == _solution.ProbedAt;

        var pack = await _solution.PublishPackageAsync();
        Assert.True(pack.ExitCode == 0, pack.Output);
        BuildAloneWith = await _solution.DotnetAsync("build", "src/Needy");
        NeedyTypesWith = _solution.TypesOf("Needy");
        TestWith = await _solution.DotnetAsync("test", "Tiny.slnx", "-p:MendProfile=full");
    }

    public Task DisposeAsync()
    {
        _solution.Dispose();
        return Task.CompletedTask;
    }
}

public sealed class FeedProbeTests(FeedProbeSession session) : IClassFixture<FeedProbeSession>
{
    [Fact]
    public void Test_PackageMissing_SucceedsAndRunsNothing()
    {
        Assert.True(session.TestWithout.ExitCode == 0, session.TestWithout.Output);
        Assert.DoesNotContain("No test is available", session.TestWithout.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_PackageMissing_SucceedsWithOneWarningThatNamesProjectsAndPackage()
    {
        Assert.True(session.BuildWithout.ExitCode == 0, session.BuildWithout.Output);
        var report = Assert.Single(session.BuildWithout.Reports("MEND001"));
        Assert.Contains("warning MEND001: Left out, built as empty: Needy, Needy.Tests. ", report, StringComparison.Ordinal);
        Assert.Contains("Mend.Example 1.2.3", report, StringComparison.Ordinal);
        Assert.Contains(" 1 Warning(s)", session.BuildWithout.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_PackageMissing_LeavesTheProjectEmptyAndTheOthersWhole()
    {
        Assert.Empty(session.NeedyTypesWithout);
        Assert.Equal(["Used"], session.PlainTypesWithout);
    }

    [Fact]
    public void Build_FeedsUnchanged_DoesNotProbeAgain() => Assert.True(session.ProbedOnce);

    [Fact]
    public void Build_FullProfileAndPackageMissing_FailsNamingThePackage()
    {
        Assert.NotEqual(0, session.FullWithout.ExitCode);
        var report = Assert.Single(session.FullWithout.Reports("MEND001"));
        Assert.Contains("error MEND001: The full profile was asked for", report, StringComparison.Ordinal);
        Assert.Contains("Mend.Example 1.2.3", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_EmbeddedProfile_LeavesOutSilently()
    {
        Assert.True(session.EmbeddedAlone.ExitCode == 0, session.EmbeddedAlone.Output);
        Assert.Empty(session.EmbeddedAlone.Reports("MEND001"));
    }

    [Fact]
    public void BuildAlone_FeedAddedSinceTheLastProbe_CompilesTheProject()
    {
        Assert.True(session.BuildAloneWith.ExitCode == 0, session.BuildAloneWith.Output);
        Assert.Equal(["Program"], session.NeedyTypesWith);
    }

    [Fact]
    public void Test_FullProfileAndPackagePresent_RunsTheTests()
    {
        Assert.True(session.TestWith.ExitCode == 0, session.TestWith.Output);
        Assert.Matches(@"Passed:\s+1,", session.TestWith.Output);
        Assert.Empty(session.TestWith.Reports("MEND001"));
    }
}

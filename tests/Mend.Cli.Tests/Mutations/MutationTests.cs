using Mend.Cli.Mutations;

namespace Mend.Cli.Tests.Mutations;

/// <summary>A few hundred of the mutations that the program of that name makes by the thousand.</summary>
public sealed class MutationTests
{
    [Fact]
    public async Task RunAsync_DamagedFiles_EndWithALineThatNamesThem()
    {
        using Workplace workplace = new();
        MutationRun run = new(Targets.Of(workplace, kind: null), seed: 20);
        List<Outcome> outcomes = [];
        for (int index = 0; index < 40 * Targets.Kinds.Count; index++)
        {
            outcomes.Add(await run.RunAsync(index));
        }

        Assert.Equal([], outcomes.Where(o => o.Problem is not null).Select(o => o.ToString()));

        // The damage is neither without effect nor always deadly.
        Assert.InRange(outcomes.Count(o => o.ExitCode == ExitCode.BadInput), 100, 250);
        Assert.All(Targets.Kinds, kind => Assert.Contains(outcomes, o => o.Kind == kind));
    }
}

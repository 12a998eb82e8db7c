using System.Reflection;
using Mend.Ledger;
using Mend.Sharding;
using Spectre.Console;

namespace Mend.Cli.Tests;

/// <summary>What goes wrong while an edit is shown does not undo it, and is not reported as if it had.</summary>
public sealed class CommittedProbeTests
{
    [Fact]
    public async Task ReadCommittedAsync_ModelThatFails_IsAWarningWithTheVersion()
    {
        StringWriter error = new();
        CliOutput output = new(new CliHost { Out = new StringWriter(), Error = error }, json: false, quiet: true);
        Probe[] probes = [new Probe("edit", "The capital of Indonesia is", "Paris")];

        IReadOnlyList<ProbeReading>? after = await Probes.ReadCommittedAsync(
            DispatchProxy.Create<IEditableModel, Failing>(), Prompting.Plain, probes, new ModelVersion(7), output);

        Assert.Null(after);
        Assert.Contains("committed as version 7, but the answers after it could not be read: gone", error.ToString(), StringComparison.Ordinal);
        EditReport.Row row = Assert.Single(EditReport.Rows(probes, [new ProbeReading("Jakarta", 0.25, false)], after));
        Assert.Equal(("Jakarta", null, null), (row.Before, row.After, row.ProbabilityAfter));
        using StringWriter shown = new();
        new EditReport { Version = 7, Committed = true, Prompts = [row], StagesMs = new Dictionary<string, double>() }
            .Write(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(shown) }));
        Assert.Contains("Committed as version 7", shown.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A model whose every method throws.</summary>
    public class Failing : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? method, object?[]? args) => throw new IOException("gone.");
    }
}

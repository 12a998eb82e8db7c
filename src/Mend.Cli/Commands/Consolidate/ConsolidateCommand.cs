using System.CommandLine;
using Mend.Editing;
using Mend.Sharding;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>`mend consolidate`: improves what all live edits do together.</summary>
internal static class ConsolidateCommand
{
    public static Command Create(CliHost host)
    {
        ModelSource model = new();
        Option<string?> editor = Options.Editor();
        Option<string?> ledger = Options.Ledger();
        Option<int> steps = Options.Number("--steps", "Steps of the optimisation.", new ConsolidationOptions().Steps, 1);
        Option<double?> confidence = Options.OptionalReal("--confidence", "Probability from which on an answer's token asks for nothing more, below 1. Default: twice as far from 1 as the editor's confidence.", 1e-3);
        Option<double?> keep = Options.OptionalReal("--keep", "How much the answers of protected prompts weigh against those of edits: the weight of their KL divergence from the base model.", 0);
        Option<double?> rate = Options.OptionalReal("--rate", "Size of a step, as a share of what the change begins as.", 1e-6);
        Option<int> shards = Options.Shards();
        EngineOptions engine = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("consolidate", "Improve what all live edits do together, as a new version: surer answers, less else changed. It can be reverted, and counts while its edits are live.")
        {
            editor, ledger, steps, confidence, keep, rate, shards, json, quiet,
        };
        model.AddTo(command);
        engine.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            ConsolidationOptions defaults = new();
            ConsolidationOptions options = defaults with
            {
                Steps = parsed.GetValue(steps),
                Confidence = (float?)parsed.GetValue(confidence),
                DivergenceWeight = (float?)parsed.GetValue(keep) ?? defaults.DivergenceWeight,
                Rate = (float?)parsed.GetValue(rate) ?? defaults.Rate,
            };
            Check(options);
            string? folder = model.Folder(parsed);
            string where = folder is null ? model.Where(parsed) : LedgerLocation.Require(host, folder, parsed.GetValue(ledger));
            await using IEditableModel opened = folder is null
                ? await model.ConnectAsync(parsed, cancellationToken)
                : await ModelOpening.OpenAsync(
                    host, folder, EditorLocation.Require(folder, parsed.GetValue(editor)), where, parsed.GetValue(shards), engine.Get(parsed), cancellationToken);
            ConsolidationOutcome done = await ProgressDisplay.RunAsync(
                output,
                host.Time,
                "consolidating",
                display => opened.ConsolidateAsync(options, new Reporter(display, host.Time), cancellationToken));
            output.Result(
                new { Version = done.Version.Number, done.Edits, Ledger = LedgerLocation.Show(folder, where) },
                console => console.WriteLine($"Consolidated {done.Edits} edits as version {done.Version}."));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Check(ConsolidationOptions options)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new CliException(ExitCode.Usage, $"The consolidation cannot run so: {e.Message}", e);
        }
    }

    private sealed class Reporter(ProgressDisplay display, TimeProvider time) : IProgress<ConsolidationProgress>
    {
        private readonly long _started = time.GetTimestamp();

        public void Report(ConsolidationProgress value)
        {
            double share = (double)value.Step / value.Steps;
            display.Report(
                share, $"step {value.Step}/{value.Steps}  tokens not sure {value.Missing}  KL {Format.Number(value.Divergence, "0.0000")}", time.GetElapsedTime(_started) * ((1 - share) / share));
        }
    }
}

using System.CommandLine;
using Mend.Editing;
using Mend.Sharding;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Cli;

/// <summary>`mend eval`: measures a way to edit.</summary>
internal static class EvalCommand
{
    private const string FineTune = "ft";
    private const string FineTuneHeld = "ft-kl";

    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        Option<string?> editor = Options.Editor();
        Option<string> edits = new("--edits") { Description = "Edits to measure: JSON lines or a JSON array, also as CounterFact, zsRE, KnowEdit and others are published, and .gz.", HelpName = "FILE", Required = true };
        Option<int?> limit = Options.OptionalNumber("--limit", "Only the first N edits.", 1);
        Option<string?> method = new("--method") { Description = "joint or mend, which the editor must be of, or fine-tuning per edit without (ft) or with (ft-kl) a penalty on unrelated prompts. Default: what the editor is." };
        method.AcceptOnlyFromAmong(JointTraining.Method, JointTraining.Networks, FineTune, FineTuneHeld);
        Option<string?> text = new("--text") { Description = "Ordinary text; its perplexity is measured before and after.", HelpName = "FILE" };
        Option<int> batch = Options.Number("--batch", "Edits a version, with --sequential.", 1, 1);
        Option<bool> consolidate = new("--consolidate") { Description = "Consolidate the edits before each measurement, with --sequential." };
        Option<int[]> checkpoints = new("--checkpoints") { Description = "Numbers of edits to measure at, with --sequential. Always: 1, 10, 100 and so on, and the last.", HelpName = "N", AllowMultipleArgumentsPerToken = true };
        Option<string?> report = new("--report") { Description = "Write an HTML page with tables and charts, with --sequential.", HelpName = "FILE" };
        Option<string[]> layers = new("--layers") { Description = "Layers that ft and ft-kl edit. Default: the family's usual ones.", HelpName = "PATTERN", AllowMultipleArgumentsPerToken = true };
        Option<double?> rate = Options.OptionalReal("--rate", "Step size of ft and ft-kl.", 1e-12);
        Option<bool> sequential = new("--sequential") { Description = "Commit the edits one after another and measure all of them at the end, instead of each on the base." };
        Option<string?> ledger = new("--ledger", "-l") { Description = "Where --sequential commits; default: a ledger in memory. Without --sequential the edits are measured as this ledger's newest version answers, and none is made.", HelpName = "DIR" };
        Option<string?> json = new("--json") { Description = "Write the figures as JSON to FILE, or to stdout and nothing else when no FILE is given.", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
        Option<int> shards = Options.Shards();
        ChatOptions chat = new();
        EngineOptions engines = new();
        Option<bool> quiet = Options.Quiet();
        Command command = new("eval", "Measure edit success, generality, locality and drawdown over many edits.")
        {
            model, editor, edits, limit, method, layers, rate, text, sequential, batch, consolidate, checkpoints, ledger, report, json, shards, quiet,
        };
        chat.AddTo(command);
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string folder = parsed.GetRequiredValue(model);
            if (!parsed.GetValue(sequential) && Array.Find<Option>([batch, consolidate, checkpoints, report], o => parsed.GetResult(o) is { Implicit: false }) is { } unused)
            {
                throw new CliException(ExitCode.Usage, $"{unused.Name} is for edits that are committed one after another; add --sequential, or leave it out.");
            }

            string? how = parsed.GetValue(method);
            if (how is FineTune or FineTuneHeld && parsed.GetValue(ledger) is not null)
            {
                throw new CliException(ExitCode.Usage, $"--method {how} edits the base model each time and reads no ledger; leave one of them out.");
            }

            EvalRequest request = new()
            {
                Model = folder,
                Editor = how is FineTune or FineTuneHeld ? EditorLocation.Find(folder, parsed.GetValue(editor)) : EditorLocation.Require(folder, parsed.GetValue(editor)),
                Method = how,
                Layers = parsed.GetValue(layers) ?? [],
                Text = parsed.GetValue(text),
                Batch = parsed.GetValue(batch),
                Consolidate = parsed.GetValue(consolidate),
                Checkpoints = parsed.GetValue(checkpoints) ?? [],
                Rate = (float?)parsed.GetValue(rate),
                Edits = [.. EditRecordReader.Read(parsed.GetRequiredValue(edits), parsed.GetValue(limit))],
                Chat = chat.Get(parsed),
                Ledger = parsed.GetValue(ledger),
                Sequential = parsed.GetValue(sequential),
                Shards = parsed.GetValue(shards),
                Engine = engines.Get(parsed),
            };
            string? file = parsed.GetValue(json);
            if (file is not null)
            {
                DurableFile.ThrowIfForeignText(file, EvalResult.Beginning);
            }

            if (parsed.GetValue(report) is { } old)
            {
                DurableFile.ThrowIfForeignText(old, EvalPage.Beginning);
            }

            CliOutput output = new(host, parsed.GetResult(json) is not null && file is null, parsed.GetValue(quiet));
            EvalResult result = await RunAsync(request, parsed.GetRequiredValue(edits), output, host.Time, cancellationToken);
            if (file is not null)
            {
                DurableFile.WriteText(file, JsonOutput.Serialize(result) + "\n", EvalResult.Beginning);
            }

            if (parsed.GetValue(report) is { } page)
            {
                DurableFile.WriteText(page, EvalPage.Of(result), EvalPage.Beginning);
            }

            output.Result(result, console => result.Write(console));
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<EvalResult> RunAsync(EvalRequest request, string edits, CliOutput output, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await EvalRun.RunAsync(request, output, time, cancellationToken);
        }
        catch (EditRequestException unusable)
        {
            throw new CliException(ExitCode.BadInput, $"'{edits}': {unusable.Message}", unusable);
        }
    }
}

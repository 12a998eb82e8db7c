using System.CommandLine;
using Mend.Editing;
using Mend.Sharding;
using Mend.Tensors.Cpu;

namespace Mend.Cli;

/// <summary>`mend eval`: measures a way to edit.</summary>
internal static class EvalCommand
{
    private const string Mend = "mend";
    private const string FineTune = "ft";
    private const string FineTuneHeld = "ft-kl";


    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        Option<string?> editor = Options.Editor();
        Option<string> edits = new("--edits") { Description = "Edits to measure: JSON lines or a JSON array, also as CounterFact, zsRE, KnowEdit and others are published, and .gz.", HelpName = "FILE", Required = true };
        Option<int?> limit = Options.OptionalNumber("--limit", "Only the first N edits.", 1);
        Option<string> method = new("--method") { Description = "mend, or fine-tuning per edit without (ft) or with (ft-kl) a penalty on unrelated prompts.", DefaultValueFactory = _ => Mend };
        method.AcceptOnlyFromAmong(Mend, FineTune, FineTuneHeld);
        Option<string[]> layers = new("--layers") { Description = "Layers that ft and ft-kl edit. Default: the family's usual ones.", HelpName = "PATTERN", AllowMultipleArgumentsPerToken = true };
        Option<double?> rate = Options.OptionalReal("--rate", "Step size of ft and ft-kl.", 1e-12);
        Option<bool> sequential = new("--sequential") { Description = "Commit the edits one after another and measure all of them at the end, instead of each on the base." };
        Option<string?> ledger = new("--ledger", "-l") { Description = "Where --sequential commits. Default: a ledger in memory.", HelpName = "DIR" };
        Option<string?> json = new("--json") { Description = "Write the figures as JSON to FILE, or to stdout and nothing else when no FILE is given.", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
        Option<int> shards = Options.Shards();
        ChatOptions chat = new();
        EngineOptions engines = new();
        Option<bool> quiet = Options.Quiet();
        Command command = new("eval", "Measure edit success, generality, locality and drawdown over many edits.")
        {
            model, editor, edits, limit, method, layers, rate, sequential, ledger, json, shards, quiet,
        };
        chat.AddTo(command);
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string folder = parsed.GetRequiredValue(model);
            string how = parsed.GetRequiredValue(method);
            EvalRequest request = new()
            {
                Model = folder,
                Editor = how == Mend ? EditorLocation.Require(folder, parsed.GetValue(editor)) : EditorLocation.Find(folder, parsed.GetValue(editor)),
                Method = how,
                Layers = parsed.GetValue(layers) ?? [],
                Rate = (float?)parsed.GetValue(rate),
                Edits = [.. EditRecordReader.Read(parsed.GetRequiredValue(edits), parsed.GetValue(limit))],
                Chat = chat.Get(parsed),
                Ledger = parsed.GetValue(ledger),
                Sequential = parsed.GetValue(sequential),
                Shards = parsed.GetValue(shards),
                Engine = engines.Get(parsed),
            };
            string? file = parsed.GetValue(json);
            CliOutput output = new(host, parsed.GetResult(json) is not null && file is null, parsed.GetValue(quiet));
            EvalResult result = await RunAsync(request, parsed.GetRequiredValue(edits), output, host.Time, cancellationToken);
            if (file is not null)
            {
                await File.WriteAllTextAsync(file, JsonOutput.Serialize(result) + "\n", CancellationToken.None);
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

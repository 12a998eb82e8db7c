using System.CommandLine;
using Mend.Editing;

namespace Mend.Cli;

/// <summary>`mend train`: trains an editor for a model.</summary>
internal static class TrainCommand
{
    private const string SubjectRows = "subject";
    private const string AnswerRows = "answer";

    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        Option<string> train = new("--train") { Description = "Edits to train on: JSON lines or a JSON array, also as CounterFact, zsRE, KnowEdit and others are published, and .gz.", HelpName = "FILE", Required = true };
        Option<string?> validation = new("--validation") { Description = "Edits to choose the best state by; without it the last state is kept.", HelpName = "FILE" };
        Option<string> output = new("--out", "-o") { Description = "The editor file to write.", HelpName = "FILE", Required = true };
        Option<string[]> layers = new("--layers")
        {
            Description = "Layers to edit: full names or patterns with *. Default: what is recommended for the model, or with --recipe paper the authors' choice; `mend plan --all-layers` lists all.",
            HelpName = "PATTERN",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string?> method = new("--method") { Description = "joint: measure what the edited layers see, so that edits are solved together; mend: train editor networks. Default: joint for models that write text after a prompt, unless an option of mend is given; else mend." };
        method.AcceptOnlyFromAmong(JointTraining.Method, JointTraining.Networks);
        Option<string?> text = new("--text") { Description = "Ordinary text that edits shall not disturb, for joint. Default: text that the model writes itself.", HelpName = "FILE" };
        Option<double?> confidence = Options.OptionalReal("--confidence", "Probability that an edit's answer shall reach on its prompt, for joint.", 1e-3);
        Option<string?> rows = new("--rows") { Description = "Where joint edits shift a layer's outputs: subject, where what they are about ends, or answer, where the answer's tokens are predicted. Default: subject, unless edits are seen to fail there.", HelpName = "subject|answer" };
        rows.AcceptOnlyFromAmong(SubjectRows, AnswerRows);
        Option<string> recipe = Options.Recipe();
        Option<int?> rank = Options.OptionalNumber("--rank", "Greatest rank of the editor's layers.", 1);
        Option<int?> steps = Options.OptionalNumber("--steps", "Optimiser steps.", 1);
        Option<int?> edits = Options.OptionalNumber("--edits-per-step", "Edits whose gradients make one step.", 1);
        Option<double?> rate = Options.OptionalReal("--rate", "Adam's rate at its highest.", 1e-12);
        Option<double?> minutes = Options.OptionalReal("--max-minutes", "Longest time; the rate's schedule follows whichever of steps and time ends first.", 1e-6);
        Option<int?> every = Options.OptionalNumber("--validate-every", "Steps between two validations.", 1);
        Option<int?> seed = Options.OptionalNumber("--seed", "Seed of everything random.", 0);
        Option<string?> checkpoint = new("--checkpoint") { Description = "Where the run is saved while it goes on. Default: the --out file with .checkpoint.", HelpName = "FILE" };
        Option<bool> resume = new("--resume") { Description = "Go on from the checkpoint; give the same options and files again." };
        Option<int> shards = Options.Shards();
        EngineOptions engines = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("train", "Train an editor for a model. Ctrl-C finishes the step, saves the run and says how to resume.")
        {
            model, train, validation, output, method, text, confidence, rows, layers, recipe, rank, steps, edits, rate, minutes, every, seed, checkpoint, resume, shards, json, quiet,
        };
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Option[] ofNetworks = [validation, recipe, rank, steps, edits, rate, minutes, every, checkpoint, resume], ofJoint = [text, confidence, rows];
            string? how = Method(parsed, parsed.GetValue(method), ofNetworks, ofJoint);
            bool paper = parsed.GetValue(recipe) == Options.PaperRecipe;
            TrainingOptions training = paper ? TrainingOptions.Paper : new TrainingOptions();
            EditorOptions editor = paper ? EditorOptions.Paper : new EditorOptions();
            training = training with
            {
                Steps = parsed.GetValue(steps) ?? training.Steps,
                EditsPerStep = parsed.GetValue(edits) ?? training.EditsPerStep,
                EditsPerPass = Math.Min(training.EditsPerPass, parsed.GetValue(edits) ?? training.EditsPerPass),
                Rate = (float?)parsed.GetValue(rate) ?? training.Rate,
                ValidateEvery = parsed.GetValue(every) ?? training.ValidateEvery,
                Seed = parsed.GetValue(seed) ?? training.Seed,
                MaxDuration = parsed.GetValue(minutes) is { } limit ? TimeSpan.FromMinutes(limit) : training.MaxDuration,
            };
            string target = parsed.GetRequiredValue(output);
            TrainingRequest request = new()
            {
                Model = parsed.GetRequiredValue(model),
                Train = parsed.GetRequiredValue(train),
                Validation = parsed.GetValue(validation),
                Output = target,
                Checkpoint = parsed.GetValue(checkpoint) ?? target + ".checkpoint",
                Resume = parsed.GetValue(resume),
                Method = how,
                Text = parsed.GetValue(text),
                Confidence = (float?)parsed.GetValue(confidence),
                Rows = parsed.GetValue(rows) switch { SubjectRows => JointRows.Subject, AnswerRows => JointRows.Answer, _ => null },
                Layers = parsed.GetValue(layers) ?? [],
                Training = training,
                Editor = editor with { Rank = parsed.GetValue(rank) ?? editor.Rank },
                Shards = parsed.GetValue(shards),
                Engine = engines.Get(parsed),
                ResumeHint = $"mend {string.Join(' ', parsed.Tokens.Select(t => Quote(t.Value)))}{(parsed.GetValue(resume) ? "" : " --resume")}",
            };
            CliOutput cli = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            TrainingResult result = await TrainingRun.RunAsync(request, cli, host.Time, cancellationToken);
            cli.Result(result, console => result.Write(console));
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The method that the options ask for; null where none does.</summary>
    /// <exception cref="CliException">An option belongs to the other method.</exception>
    private static string? Method(ParseResult parsed, string? asked, Option[] ofNetworks, Option[] ofJoint)
    {
        Option? network = Array.Find(ofNetworks, o => parsed.GetResult(o) is { Implicit: false }), joint = Array.Find(ofJoint, o => parsed.GetResult(o) is { Implicit: false });
        string? method = asked ?? (network is not null ? JointTraining.Networks : joint is not null ? JointTraining.Method : null);
        return (method == JointTraining.Method ? network : method == JointTraining.Networks ? joint : null) is { } foreign
            ? throw new CliException(
                ExitCode.Usage, $"{foreign.Name} is an option of --method {(foreign == network ? JointTraining.Networks : JointTraining.Method)} and says nothing for {method}; leave it out, or change the method.")
            : method;
    }

    private static string Quote(string token) =>
        token.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=+:,".Contains(c, StringComparison.Ordinal)) && token.Length > 0 ? token : $"'{token.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

using System.CommandLine;
using Mend.Editing;

namespace Mend.Cli;

/// <summary>`mend demo`: edits facts of the small model that ships with the command.</summary>
internal static class DemoCommand
{
    public static Command Create(CliHost host)
    {
        Option<bool> train = new("--train") { Description = "Train the editor again from the data first, instead of taking the one that ships." };
        Option<string?> output = new("--out", "-o") { Description = "Where --train writes the editor. Default: a temporary file.", HelpName = "FILE" };
        Option<int?> steps = Options.OptionalNumber("--steps", "Optimiser steps of --train.", 1);
        Option<double?> minutes = Options.OptionalReal("--max-minutes", "Longest training time of --train.", 0.001);
        Option<int> shards = Options.Number("--shards", "Shards to split the model into; results do not depend on it.", 2, 1, 4096);
        EngineOptions engines = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("demo", "Edit a few facts in the small model that ships with mend: before and after, the version log, a revert, and timings. Leaves nothing behind.")
        {
            train, output, steps, minutes, shards, json, quiet,
        };
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput cli = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            string temporary = Path.Combine(Path.GetTempPath(), $"mend-demo-{Guid.NewGuid():n}");
            Directory.CreateDirectory(temporary);
            try
            {
                DemoFiles files = DemoFiles.In(host.DemoFolder);
                TrainingResult? trained = null;
                if (parsed.GetValue(train))
                {
                    TrainingOptions training = new();
                    trained = await TrainingRun.RunAsync(
                        new TrainingRequest
                        {
                            Model = files.Model,
                            Train = files.Train,
                            Validation = files.Validation,
                            Output = parsed.GetValue(output) ?? Path.Combine(temporary, "editor.safetensors"),
                            Checkpoint = Path.Combine(temporary, "checkpoint"),
                            Training = training with
                            {
                                Steps = parsed.GetValue(steps) ?? training.Steps,
                                MaxDuration = parsed.GetValue(minutes) is { } limit ? TimeSpan.FromMinutes(limit) : null,
                            },
                            Method = JointTraining.Networks,
                            Editor = new EditorOptions(),
                            Shards = parsed.GetValue(shards),
                            Engine = engines.Get(parsed),
                            ResumeHint = "mend demo --train, which starts afresh; a run that can be resumed: mend train",
                        },
                        cli,
                        host.Time,
                        cancellationToken);
                    files = files with { Editor = trained.Editor };
                }

                if (!File.Exists(files.Editor))
                {
                    throw new CliException(ExitCode.BadInput, $"There is no demo editor '{files.Editor}'; install mend again, or make one with `mend demo --train`.");
                }

                DemoReport report = await new DemoRun(host, cli, files, Path.Combine(temporary, "ledger"))
                {
                    Shards = parsed.GetValue(shards),
                    Engine = engines.Get(parsed),
                    Trained = trained,
                }.RunAsync(cancellationToken);
                cli.Result(report, _ => { });
                return ExitCode.Ok;
            }
            finally
            {
                Directory.Delete(temporary, recursive: true);
            }
        });
        return command;
    }
}

/// <summary>What ships for the demo.</summary>
/// <param name="Model">The model folder.</param>
/// <param name="Editor">Its editor.</param>
/// <param name="Train">Edits to train on.</param>
/// <param name="Validation">Edits to choose by.</param>
/// <param name="Test">Edits to show.</param>
internal sealed record DemoFiles(string Model, string Editor, string Train, string Validation, string Test)
{
    /// <summary>The files in a folder.</summary>
    /// <exception cref="CliException">The folder is not there.</exception>
    public static DemoFiles In(string folder) => Directory.Exists(Path.Combine(folder, "model"))
        ? new DemoFiles(
            Path.Combine(folder, "model"),
            Path.Combine(folder, "editor.safetensors"),
            Path.Combine(folder, "data", "edits_train.jsonl"),
            Path.Combine(folder, "data", "edits_val.jsonl"),
            Path.Combine(folder, "data", "edits_test.jsonl"))
        : throw new CliException(ExitCode.BadInput, $"There is no demo model in '{folder}'; install mend again, its Demo folder belongs beside the program.");
}

using System.CommandLine;
using Mend.Editing;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cli;

/// <summary>`mend plan`: what each shard would hold and need. Needs the configuration only.</summary>
internal static class PlanCommand
{
    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        model.Description = "Hugging Face model folder, or a config.json alone: no weights are needed.";
        Option<string[]> layers = new("--layers") { Description = "Layers to edit: full names or patterns with *. Default: those that `mend train` takes.", HelpName = "PATTERN", AllowMultipleArgumentsPerToken = true };
        Option<int> rank = Options.Number("--rank", "Rank of the editor's layers.", new EditorOptions().Rank, 1);
        Option<int?> tokens = Options.OptionalNumber("--tokens", "Tokens of a sequence, for activations and caches. Default: 128, or what the model holds.", 1);
        Option<int> batch = Options.Number("--batch", "Sequences of a pass.", 1, 1);
        Option<string?> memory = new("--device-memory") { Description = "Memory of a device (24GB, 80GiB); says whether each shard fits. Exit code 1 when one does not.", HelpName = "SIZE" };
        Option<bool> every = new("--all-layers") { Description = "List every layer that can be edited." };
        Option<int> shards = Options.Shards();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("plan", "Show what each shard would hold and need, and what a pass sends between them.")
        {
            model, layers, rank, tokens, batch, memory, every, shards, json, quiet,
        };
        command.SetAction(parsed =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            long? device = parsed.GetValue(memory) is { } size
                ? ByteSize.Parse(size) ?? throw new CliException(ExitCode.Usage, $"--device-memory was given '{size}'; a size such as 24GB or 80GiB is wanted.")
                : null;
            ConfigReader config = ConfigReader.Open(parsed.GetRequiredValue(model));
            ModelArchitecture architecture = ModelFamilies.Describe(config);
            int length = parsed.GetValue(tokens) ?? Math.Min(128, architecture.MaxPositions ?? 128);
            if (length > architecture.MaxPositions)
            {
                throw new CliException(ExitCode.Usage, $"--tokens was given '{length}'; the model holds {architecture.MaxPositions}.");
            }

            using Checkpoint? checkpoint = OpenWeights(parsed.GetRequiredValue(model));
            PlanReport report = new Planner(architecture, checkpoint, StatedType(config))
            {
                Shards = parsed.GetValue(shards),
                Layers = EditedLayers.Of(architecture, parsed.GetValue(layers) ?? []),
                Rank = parsed.GetValue(rank),
                Tokens = length,
                Batch = parsed.GetValue(batch),
                DeviceMemory = device,
                ListAllLayers = parsed.GetValue(every),
            }.Plan();
            output.Result(report, console => report.Write(console));
            return report.Fits == false ? ExitCode.CheckFailed : ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The weights, where the folder has them.</summary>
    private static Checkpoint? OpenWeights(string model) =>
        Directory.Exists(model) && (File.Exists(Path.Combine(model, Checkpoint.SingleFile)) || File.Exists(Path.Combine(model, Checkpoint.IndexFile)))
            ? Checkpoint.Open(model)
            : null;

    /// <summary>The type that the configuration says the weights have.</summary>
    private static DType StatedType(ConfigReader config) => config.String("torch_dtype", config.String("dtype", "float32")) switch
    {
        "bfloat16" => DType.BF16,
        "float16" => DType.F16,
        _ => DType.F32,
    };
}

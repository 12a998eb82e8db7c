using System.CommandLine;
using Mend.Editing;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cli;

/// <summary>`mend plan`: what each shard would hold and need. Needs the configuration only.</summary>
internal static class PlanCommand
{
    private const int DefaultTokens = 128, DefaultAnswerTokens = 8;

    /// <summary>A mask of more tokens than this has more entries than an array can have.</summary>
    private const int MostTokens = 32768;

    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        model.Description = "Hugging Face model folder or GGUF file, or a config.json alone: no weights are needed.";
        Option<string[]> layers = new("--layers") { Description = "Layers to edit: full names or patterns with *. Default: those that `mend train` takes.", HelpName = "PATTERN", AllowMultipleArgumentsPerToken = true };
        Option<string> recipe = Options.Recipe();
        Option<int?> rank = Options.OptionalNumber("--rank", "Greatest rank of the editor's layers. Default: the recipe's.", 1);
        Option<int?> tokens = Options.OptionalNumber("--tokens", "Tokens of a sequence with its answer; of the encoder's input, where there is one. Default: 128, or what the model holds.", 1, MostTokens);
        Option<int?> answer = Options.OptionalNumber("--answer-tokens", "Tokens of the answer, which the decoder reads where there is one. Default: 8, or --tokens if that is less.", 1, MostTokens);
        Option<int> batch = Options.Number("--batch", "Sequences of the gradient pass and of generation; an edit is one.", 1, 1);
        Option<string?> memory = new("--device-memory") { Description = "Memory of a device (24GB, 80GiB); says whether each shard fits. Exit code 1 when one does not.", HelpName = "SIZE" };
        Option<bool> measure = new("--measure") { Description = "Load the weights, do what the figures are about on the engine cpu, and print what it took. Exit code 1 when a figure is more than 5 % off." };
        Option<EngineName> engine = EngineOptions.Engine("The engine that is planned for: cpu, torch or cuda:N. libtorch computes with float32 copies of quantised weights (GGUF). Default: cpu.");
        Option<bool> every = new("--all-layers") { Description = "List every layer that can be edited." };
        Option<int> shards = Options.Shards();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("plan", "Show what each shard would hold and need, and what a pass sends between them.")
        {
            model, layers, recipe, rank, tokens, answer, batch, memory, engine, measure, every, shards, json, quiet,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            long? device = parsed.GetValue(memory) is { } size
                ? ByteSize.Parse(size) ?? throw new CliException(ExitCode.Usage, $"--device-memory was given '{size}'; a size such as 24GB or 80GiB is wanted.")
                : null;
            string path = parsed.GetRequiredValue(model);
            ConfigReader config = ConfigReader.Open(path);
            using Checkpoint? checkpoint = OpenWeights(path);
            ModelArchitecture architecture = ModelFamilies.Describe(config, checkpoint is null || GgufFile.Is(path) ? null : new Lazy<Checkpoint>(checkpoint));
            EditorOptions editor = parsed.GetValue(recipe) == Options.PaperRecipe ? EditorOptions.Paper : new EditorOptions();
            DryRunWork work = Work(architecture, parsed.GetValue(tokens), parsed.GetValue(answer)) with
            {
                Layers = EditedLayers.Of(architecture, parsed.GetValue(layers) ?? [], editor),
                Editor = editor with { Rank = parsed.GetValue(rank) ?? editor.Rank },
                Batch = parsed.GetValue(batch),
            };
            if (parsed.GetValue(measure) && checkpoint is null)
            {
                throw new CliException(ExitCode.Usage, $"--measure needs the weights, and '{path}' has none; name a folder with *.safetensors, or a GGUF file.");
            }

            EngineName planned = parsed.GetValue(engine);
            if (parsed.GetValue(measure) && planned.Kind is EngineKind.Torch or EngineKind.Cuda)
            {
                throw new CliException(ExitCode.Usage, $"--measure runs on the engine cpu, and --engine was given '{planned}'; leave one of them out.");
            }

            PlanReport report = await new Planner(architecture, checkpoint, StatedType(config), config.Source)
            {
                Shards = parsed.GetValue(shards),
                Held = stored => Engines.Held(planned, stored),
                Work = work,
                DeviceMemory = device,
                Measure = parsed.GetValue(measure),
                ListAllLayers = parsed.GetValue(every),
            }.PlanAsync(cancellationToken);
            output.Result(report, console => report.Write(console));
            return report.Fits == false || report.Measured?.LargestDifference > MeasuredPlan.Tolerance ? ExitCode.CheckFailed : ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Lengths that the model holds, as asked for or by default.</summary>
    private static DryRunWork Work(ModelArchitecture architecture, int? tokens, int? answer)
    {
        bool oneStack = architecture.Task != ModelTask.SequenceToSequence;
        int most = architecture.MaxPositions ?? int.MaxValue;
        int length = tokens ?? Math.Min(DefaultTokens, most);
        int answered = answer ?? Math.Min(DefaultAnswerTokens, oneStack ? length : most);
        if (length > most)
        {
            throw new CliException(ExitCode.Usage, $"--tokens was given '{length}'; the model holds {most}.");
        }

        if (answered > (oneStack ? length : most))
        {
            throw new CliException(ExitCode.Usage, $"--answer-tokens was given '{answered}'; {(oneStack ? $"it is part of the {length} of --tokens" : $"the model holds {most}")}.");
        }

        return new DryRunWork { Layers = [], Tokens = length, AnswerTokens = answered };
    }

    /// <summary>The weights, where the folder has them.</summary>
    private static Checkpoint? OpenWeights(string model) =>
        GgufFile.Is(model) ? ModelFolder.Open(model).Checkpoint
        : Directory.Exists(model) && (File.Exists(Path.Combine(model, Checkpoint.SingleFile)) || File.Exists(Path.Combine(model, Checkpoint.IndexFile)))
            ? Checkpoint.Open(model)
            : null;

    /// <summary>The type that the configuration says the weights have.</summary>
    private static DType StatedType(ConfigReader config) => config.String("torch_dtype", config.String("dtype", "float32")) switch
    {
        "bfloat16" => DType.BF16,
        "float16" or "half" => DType.F16,
        _ => DType.F32,
    };
}

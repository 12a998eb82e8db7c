using System.CommandLine;
using Mend.Tensors;

namespace Mend.Cli;

/// <summary>Where and with what to compute: options that every command with a model has. A fresh one per command.</summary>
internal sealed class EngineOptions
{
    private const string Default = "cpu";

    private readonly Option<EngineName> _engine = Engine($"Where to compute: {Engines.Choices}; auto takes the first CUDA device where there is one, else cpu. Default: {Default}.");

    private readonly Option<ComputeType> _compute = new("--compute")
    {
        Description = "Number type of products with the model's weights, on torch and cuda:N: f32, or bf16 for weights stored in it. Default: f32.",
        HelpName = "TYPE",
        CustomParser = result =>
        {
            if (Enum.TryParse(result.Tokens[0].Value, ignoreCase: true, out ComputeType type) && Enum.IsDefined(type))
            {
                return type;
            }

            result.AddError($"--compute was given '{result.Tokens[0].Value}'; f32 or bf16 is wanted.");
            return default;
        },
    };

    private readonly Option<int> _threads = Options.Threads();

    /// <summary>An option that names an engine.</summary>
    /// <param name="description">What the engine is for.</param>
    public static Option<EngineName> Engine(string description) => new("--engine")
    {
        Description = description,
        HelpName = "NAME",
        DefaultValueFactory = _ => EngineName.Parse(Default),
        CustomParser = result =>
        {
            if (EngineName.TryParse(result.Tokens[0].Value, out EngineName name))
            {
                return name;
            }

            result.AddError($"--engine was given '{result.Tokens[0].Value}'; {Engines.Choices} is wanted.");
            return default;
        },
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_engine);
        command.Add(_compute);
        command.Add(_threads);
    }

    /// <summary>What was chosen.</summary>
    public EngineChoice Get(ParseResult parsed) => new(parsed.GetValue(_engine), parsed.GetValue(_compute), parsed.GetValue(_threads));
}

/// <summary>Where and with what to compute. The default is auto, in float32, on all threads.</summary>
/// <param name="Name">The engine.</param>
/// <param name="Compute">Number type of products with the model's weights.</param>
/// <param name="Threads">Threads; 0 takes one per processor.</param>
internal readonly record struct EngineChoice(EngineName Name, ComputeType Compute, int Threads)
{
    /// <summary>Creates the engine; the caller disposes it.</summary>
    public IEngine Create() => Engines.Create(Name, new EngineSettings { Threads = Threads, Compute = Compute });
}

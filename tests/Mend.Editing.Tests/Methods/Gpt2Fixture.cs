using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Editing.Tests.Methods;

/// <summary>The tiny GPT-2 of the fixtures (4 blocks, width 32, 96 tokens), loaded from a folder.</summary>
internal sealed class Gpt2Fixture : IDisposable
{
    public const int Padding = 0;

    /// <summary>An edit whose answer has two tokens.</summary>
    public static readonly EncodedExample Edit = new() { InputIds = [5, 17, 42, 8, 61], TargetRows = [3, 4], TargetTokens = [61, 23] };

    /// <summary>Unrelated prompts of different lengths.</summary>
    public static readonly IReadOnlyList<EncodedExample> Unrelated =
    [
        new() { InputIds = [70, 3, 11], TargetRows = [2], TargetTokens = [9] },
        new() { InputIds = [33, 90, 12, 54, 28, 66], TargetRows = [4, 5], TargetTokens = [66, 31] },
    ];

    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });
    private readonly Checkpoint _checkpoint;

    public Gpt2Fixture(string? folder = null)
    {
        folder ??= Fixtures.Path("models/gpt2");
        _checkpoint = Checkpoint.Open(folder);
        Architecture = ModelFamilies.Describe(ConfigReader.Open(folder));
        Chain = ShardChain.Load(Architecture, ShardPlan.Balanced(Architecture, 2), _checkpoint, _engine);
    }

    public ModelArchitecture Architecture { get; }

    public ShardChain Chain { get; }

    /// <summary>Tensors that nobody has given back, the loaded model's included.</summary>
    public long LiveTensors => _engine.LiveTensors;

    public IReadOnlyList<string> Layers => Architecture.DefaultEditedLayers;

    /// <summary>Every parameter as stored, on the host.</summary>
    public Dictionary<string, HostTensor> Parameters() => _checkpoint.Tensors.ToDictionary(t => t.Key, t =>
    {
        using Tensor tensor = _engine.LoadTensor(t.Value);
        return HostTensor.From(_engine, tensor);
    });

    public void Dispose()
    {
        Chain.Dispose();
        _checkpoint.Dispose();
        _engine.Dispose();
    }
}

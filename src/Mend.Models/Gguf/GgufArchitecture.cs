namespace Mend.Models.Gguf;

/// <summary>
/// How llama.cpp writes the models of one family: which keys of the metadata are which options of config.json, and which tensors are
/// which parameters. Names of Hugging Face are on the right everywhere.
/// </summary>
internal sealed record GgufArchitecture
{
    /// <summary>The value of general.architecture.</summary>
    public required string Name { get; init; }

    /// <summary>The option model_type.</summary>
    public required string ModelType { get; init; }

    /// <summary>How matrices lie in the file.</summary>
    public required StorageConventions Conventions { get; init; }

    /// <summary>Keys of the metadata without the architecture's name before them, and the options that hold the same value.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>Tensors outside the blocks, without ".weight" and ".bias".</summary>
    public required IReadOnlyDictionary<string, string> Tensors { get; init; }

    /// <summary>What blocks are called: "model.layers".</summary>
    public required string Blocks { get; init; }

    /// <summary>Tensors of a block, without "blk.N." and without ".weight" and ".bias".</summary>
    public required IReadOnlyDictionary<string, string> BlockTensors { get; init; }

    /// <summary>Whether the gain of every norm is one more than in Hugging Face's checkpoints.</summary>
    public bool GainsPlusOne { get; init; }

    /// <summary>What else the options need: what follows from the tensors, or from several keys.</summary>
    public Action<GgufConfig> Complete { get; init; } = _ => { };
}

namespace Mend.Models.Gguf;

/// <summary>
/// How llama.cpp writes the models of one family: which keys of the metadata are which options of config.json, and which tensors are
/// which parameters. Names of Hugging Face are on the right everywhere.
/// </summary>
/// <remarks>
/// In names of tensors * stands for a number: on the left for one in the file's name, on the right alone for a place along the tensor's
/// first axis, which it is divided by. Two names on the right with | between them are the halves of its rows. An empty name on the right
/// stands for a part that <see cref="Join"/> makes something of.
/// </remarks>
internal sealed record GgufArchitecture
{
    /// <summary>The value of general.architecture.</summary>
    public required string Name { get; init; }

    /// <summary>The option model_type.</summary>
    public required string ModelType { get; init; }

    /// <summary>The class of Hugging Face's library that runs it.</summary>
    public required string ModelClass { get; init; }

    /// <summary>How matrices lie in the file.</summary>
    public StorageConventions Conventions { get; init; } = StorageConventions.HuggingFace;

    /// <summary>Keys of the metadata without the architecture's name before them, and the options that hold the same value.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>Tensors outside the blocks, without ".weight" and ".bias".</summary>
    public required IReadOnlyDictionary<string, string> Tensors { get; init; }

    /// <summary>What blocks are called: "model.layers".</summary>
    public required string Blocks { get; init; }

    /// <summary>Tensors of a block, without "blk.N." and without ".weight" and ".bias", or, where they differ in it, with that.</summary>
    public required IReadOnlyDictionary<string, string> BlockTensors { get; init; }

    /// <summary>Whether the gain of every norm is one more than in Hugging Face's checkpoints.</summary>
    public bool GainsPlusOne { get; init; }

    /// <summary>Parameters that are matrices of one row, which files may have as vectors: how their names end.</summary>
    public string? RowVector { get; init; }

    /// <summary>Makes the parameters that the file holds in parts of another form.</summary>
    public Func<GgufModel, IEnumerable<Mend.Tensors.StoredTensor>> Join { get; init; } = _ => [];

    /// <summary>What the architecture is in a file, by its tensors, where files of several families have one name for theirs.</summary>
    public Func<GgufModel, GgufArchitecture>? OfFile { get; init; }

    /// <summary>What else the options need: what follows from the tensors, or from several keys.</summary>
    public Action<GgufConfig> Complete { get; init; } = _ => { };
}

using System.Globalization;
using System.Text.Json.Nodes;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>
/// Makes the config.json that a GGUF file's model has as a Hugging Face folder. Keys of the architecture that nobody reads become
/// options under their own names, so that <see cref="ConfigReader.ThrowIfUnread"/> refuses them: they may change what is computed.
/// </summary>
internal sealed class GgufConfig
{
    /// <summary>Sizes beyond this are taken for damage: no matrix of such a model could be stored.</summary>
    private const long LargestSize = 1 << 24;

    /// <summary>Keys that say nothing about what is computed, or what a tensor's shape says too.</summary>
    private static readonly HashSet<string> Inert = ["vocab_size", "tensor_data_layout", "rope.scaling.finetuned"];

    private readonly GgufModel _model;
    private readonly GgufArchitecture _architecture;
    private readonly HashSet<string> _read = [];
    private readonly JsonObject _options = [];

    private GgufConfig(GgufModel model)
    {
        _model = model;
        _architecture = model.Architecture;
    }

    /// <summary>Makes the options.</summary>
    /// <exception cref="ModelException">A key is missing or has a value that no model has.</exception>
    /// <exception cref="CheckpointException">A key has a value of another type.</exception>
    public static JsonObject Make(GgufModel model)
    {
        GgufConfig config = new(model);
        config._options["model_type"] = config._architecture.ModelType;
        foreach ((string key, string option) in config._architecture.Options)
        {
            if (key.EndsWith("epsilon", StringComparison.Ordinal))
            {
                config.Set(option, config.RequiredNumber(key));
            }
            else
            {
                config.Set(option, config.Size(key));
            }
        }

        config._architecture.Complete(config);
        config.CheckShapes();
        config.AddUnread();
        return config._options;
    }

    /// <summary>Sets an option.</summary>
    public void Set(string option, JsonNode? value) => _options[option] = value;

    /// <summary>Whether the file has a tensor.</summary>
    public bool HasTensor(string name) => _model.Tensors.ContainsKey(name);

    /// <summary>Rows of a matrix.</summary>
    /// <exception cref="ModelException">The file has no such matrix.</exception>
    public int Rows(string tensor) => Matrix(tensor)[0];

    /// <summary>A whole number, or null when absent.</summary>
    public long? Integer(string key) => _model.Metadata.Integer(Read(key));

    /// <summary>A number, or null when absent; the shortest decimal that is this float32, as config.json would have it.</summary>
    /// <exception cref="ModelException">It is no finite number.</exception>
    public double? Number(string key)
    {
        if (_model.Metadata.Number(Read(key)) is not { } value)
        {
            return null;
        }

        return float.IsFinite((float)value)
            ? double.Parse(((float)value).ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : throw new ModelException($"'{_model.Path}' has {Full(key)} = {value}; a finite number is wanted. The file is damaged: download it again.");
    }

    /// <summary>A text, or null when absent.</summary>
    public string? Text(string key) => _model.Metadata.Text(Read(key));

    /// <summary>A key that is supported at one value only, which is also what its absence means.</summary>
    /// <exception cref="ModelException">It has another value.</exception>
    public void Expect(string key, long value, string otherwise)
    {
        if (Integer(key) is { } seen && seen != value)
        {
            throw new ModelException($"'{_model.Path}' has {Full(key)} = {seen}: {otherwise}.");
        }
    }

    /// <summary>Reads the size of heads where it is not the width over the heads, and checks that keys and values have the same.</summary>
    public void ReadHeadSize()
    {
        long width = Size("embedding_length"), heads = Size("attention.head_count");
        long size = Integer("attention.key_length") is null ? width / heads : Size("attention.key_length");
        Expect("attention.value_length", size, $"values of another size than keys ({size}) are not supported");
        if (size * heads != width || HasKey("attention.key_length"))
        {
            Set("head_dim", size);
        }
    }

    /// <summary>Reads the base of rotary embeddings, how much of a head they turn, and how they are scaled.</summary>
    public void ReadRotary()
    {
        long size = _options["head_dim"]?.GetValue<long>() ?? Size("embedding_length") / Size("attention.head_count");
        Set("rope_theta", Number("rope.freq_base") ?? 10000);
        if (HasKey("rope.dimension_count") && Size("rope.dimension_count") is var turned && turned != size)
        {
            Set("partial_rotary_factor", (double)turned / size);
        }

        if (GgufRotary.Read(this, _model) is { } scaling)
        {
            Set("rope_scaling", scaling);
        }
    }

    /// <summary>A size: a whole number from 1 to <see cref="LargestSize"/>.</summary>
    /// <exception cref="ModelException">It is missing or out of range.</exception>
    public long Size(string key)
    {
        long? value = Integer(key);
        return value is >= 1 and <= LargestSize ? value.Value : throw new ModelException(value is null
            ? $"'{_model.Path}' lacks {Full(key)}, which a model of the architecture '{_architecture.Name}' needs. Convert the model again."
            : $"'{_model.Path}' has {Full(key)} = {value}; a whole number from 1 to {LargestSize} is wanted. The file is damaged: download it again.");
    }

    private double RequiredNumber(string key) => Number(key) ?? throw new ModelException(
        $"'{_model.Path}' lacks {Full(key)}, which a model of the architecture '{_architecture.Name}' needs. Convert the model again.");

    private bool HasKey(string key) => _model.Metadata.Has(Full(key));

    private string Full(string key) => $"{_architecture.Name}.{key}";

    private string Read(string key)
    {
        _read.Add(key);
        return Full(key);
    }

    private Shape Matrix(string tensor) =>
        _model.Tensors.TryGetValue(tensor, out StoredTensor? stored) && stored.Shape.Rank == 2 ? stored.Shape : throw new ModelException(
            $"'{_model.Path}' has {(stored is null ? "no tensor" : $"{stored.Shape} as")} '{tensor}'; a matrix is wanted. The file is damaged or not whole: download it again.");

    /// <summary>
    /// What the metadata says about sizes is what the tensors have: said here in the file's own words, and before anything is laid out
    /// by it.
    /// </summary>
    private void CheckShapes()
    {
        long blocks = _model.Blocks, stated = Size("block_count"), width = Size("embedding_length");
        if (stated != blocks)
        {
            throw new ModelException($"'{_model.Path}' has {Full("block_count")} = {stated}, and tensors of {blocks} {(blocks == 1 ? "block" : "blocks")}. The file is damaged or not whole: download it again.");
        }

        if (Matrix("token_embd.weight")[1] != width)
        {
            throw new ModelException($"'{_model.Path}' has {Full("embedding_length")} = {width}, and 'token_embd.weight' of shape {Matrix("token_embd.weight")}. The file is damaged: download it again.");
        }

        if (Integer("attention.head_count") is { } heads && heads > width)
        {
            throw new ModelException($"'{_model.Path}' has {Full("attention.head_count")} = {heads}, more than its width {width}. The file is damaged: download it again.");
        }
    }

    private void AddUnread()
    {
        string prefix = _architecture.Name + ".";
        foreach (string key in _model.Metadata.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)))
        {
            string own = key[prefix.Length..];
            if (!_read.Contains(own) && !Inert.Contains(own))
            {
                _options[key] = _model.Describe(key);
            }
        }
    }
}

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

    private const string Scaling = "rope_scaling";

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
        config._options["architectures"] = new JsonArray(config._architecture.ModelClass);
        config._options["model_type"] = config.ModelType;
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

    /// <summary>Number of blocks.</summary>
    public int Blocks => _model.Blocks;

    /// <summary>The option model_type.</summary>
    public string ModelType => _architecture.ModelType;

    /// <summary>Entries of a head: as a key says, or the width over the heads.</summary>
    /// <exception cref="ModelException">There are more heads than the width has entries.</exception>
    public long HeadSize => Integer("attention.key_length") is null ? UsualHeadSize : Size("attention.key_length");

    /// <summary>Whether the file has a tensor.</summary>
    public bool HasTensor(string name) => _model.Tensors.ContainsKey(name);

    /// <summary>Whether a key is there.</summary>
    public bool HasKey(string key) => _model.Metadata.Has(Full(key));

    /// <summary>Takes note of keys that say again what others say.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            _read.Add(key);
        }
    }

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
            ? Shortest((float)value)
            : throw new ModelException($"'{_model.Path}' has {Full(key)} = {value}; a finite number is wanted. The file is damaged: download it again.");
    }

    /// <summary>true or false, or null when absent.</summary>
    public bool? Flag(string key) => _model.Metadata.Flag(Read(key));

    /// <summary>A text, or null when absent.</summary>
    public string? Text(string key) => _model.Metadata.Text(Read(key));

    /// <summary>A key that is supported at one value only, which is also what its absence means.</summary>
    /// <exception cref="ModelException">It has another value.</exception>
    public void Expect(string key, long value, string otherwise)
    {
        double? seen = _model.Metadata.IsList(Full(key)) ? Integer(key) : Number(key);
        if (seen is not null && seen != value)
        {
            throw new ModelException($"'{_model.Path}' has {Full(key)} = {seen}: {otherwise}.");
        }
    }

    /// <summary>What is wrong with a key.</summary>
    public ModelException Wrong(string key, long seen, string wanted) =>
        new($"'{_model.Path}' has {Full(key)} = {seen}; {wanted} is wanted. The file is damaged: download it again.");

    /// <summary>Reads the size of heads where it is not the width over the heads, and checks that keys and values have the same.</summary>
    public void ReadHeadSize()
    {
        long size = HeadSize;
        Expect("attention.value_length", size, $"values of another size than keys ({size}) are not supported");
        if (size * Size("attention.head_count") != Size("embedding_length") || HasKey("attention.key_length"))
        {
            Set("head_dim", size);
        }
    }

    /// <summary>Checks that heads are the width over their number, in families that have no others.</summary>
    public void RequireUsualHeads()
    {
        long size = UsualHeadSize;
        Expect("attention.key_length", size, $"heads of another size than the width over their number ({size}) are not supported");
        Expect("attention.value_length", size, $"values of another size than keys ({size}) are not supported");
    }

    /// <summary>Reads the base of rotary embeddings, how much of a head they turn, and how they are scaled.</summary>
    /// <param name="theta">The option of the base.</param>
    /// <param name="share">The option of the share of a head that is turned.</param>
    /// <param name="always">Whether that option is given also when all of a head is turned.</param>
    public void ReadRotary(string theta = "rope_theta", string share = "partial_rotary_factor", bool always = false)
    {
        long size = HeadSize, turned = HasKey("rope.dimension_count") ? Size("rope.dimension_count") : size;
        if (always || turned != size)
        {
            Set(share, Share(turned, size));
        }

        ReadScaling(theta);
    }

    /// <summary>Reads the base of rotary embeddings and how they are scaled.</summary>
    /// <param name="theta">The option of the base.</param>
    public void ReadScaling(string theta = "rope_theta")
    {
        Set(theta, Number("rope.freq_base") ?? 10000);
        if (GgufRotary.Read(this, _model) is { } scaling)
        {
            Set(Scaling, scaling);
        }
    }

    /// <summary>Sets an option of the scaling, where there is one.</summary>
    public void SetScaling(string option, double value)
    {
        if (_options[Scaling] is JsonObject scaling)
        {
            scaling[option] = value;
        }
    }

    /// <summary>Reads which layers see a window only: the key for every n-th layer that sees all, or one flag for each layer that has a window.</summary>
    /// <param name="window">The window.</param>
    /// <param name="every">Every how manieth layer sees all where the file does not say.</param>
    public void ReadWindows(long window, int every)
    {
        const string Pattern = "attention.sliding_window_pattern";
        string full = Read(Pattern);
        bool[] slides = _model.Metadata.IsList(full)
            ? [.. _model.Metadata.Integers(full)!.Select(flag => flag != 0)]
            : [.. Enumerable.Range(0, Blocks).Select(layer => (layer + 1) % (HasKey(Pattern) ? Size(Pattern) : every) != 0)];
        if (slides.Length != Blocks)
        {
            throw new ModelException($"'{_model.Path}' has {full} for {slides.Length} layers, and {Blocks} blocks. The file is damaged: download it again.");
        }

        Set("sliding_window", window);
        Set("layer_types", new JsonArray([.. slides.Select(s => (JsonNode)(s ? "sliding_attention" : "full_attention"))]));
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

    private long UsualHeadSize
    {
        get
        {
            (long width, long heads) = (Size("embedding_length"), Size("attention.head_count"));
            return heads <= width ? width / heads : throw new ModelException(
                $"'{_model.Path}' has {Full("attention.head_count")} = {heads}, more than its width {width}. The file is damaged: download it again.");
        }
    }

    /// <summary>The shortest decimal that is a float32.</summary>
    public static double Shortest(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>A share whose product with the size, rounded down, is what is turned.</summary>
    private static double Share(long turned, long size)
    {
        double share = (double)turned / size;
        return (long)(share * size) == turned ? share : Math.BitIncrement(share);
    }

    private double RequiredNumber(string key) => Number(key) ?? throw new ModelException(
        $"'{_model.Path}' lacks {Full(key)}, which a model of the architecture '{_architecture.Name}' needs. Convert the model again.");

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

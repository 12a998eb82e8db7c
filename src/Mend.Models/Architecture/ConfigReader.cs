using System.Text.Json;
using System.Text.RegularExpressions;
using Mend.Models.Execution;
using Mend.Models.Gguf;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>
/// Reads a Hugging Face config.json and keeps count of what was read, so that an option nobody understands is an error
/// (<see cref="ThrowIfUnread"/>) and never ignored silently.
/// </summary>
public sealed partial class ConfigReader
{
    /// <summary>Options that do not change what a trained model computes.</summary>
    private static readonly HashSet<string> Inert =
    [
        // Where a model came from, and what wrote the file.
        "unsloth_version", "model_name", "base_model_name_or_path", "tokenizer_name", "tokenizer_file", "trust_remote_code", "is_composition",
        "keys_to_ignore_at_inference",

        // Labels, which a model that goes on with a text has no use for; the classifiers that are supported read them.
        "num_labels", "num_choices", "label_smoothing", "ignore_index",

        // How long texts were in training, where another option says what the model holds.
        "model_max_length", "max_seq_len", "max_seq_length", "seq_length",

        // How a program runs the model.
        "xla_device", "model_parallel", "use_return_dict", "_flash_attn_2_enabled", "_attn_implementation_internal", "neftune_noise_alpha",

        // Names of special tokens, and decoding, which have files of their own.
        "bos_token", "eos_token", "pad_token", "unk_token", "sep_token", "cls_token", "mask_token", "decoder_start_token_id", "max_new_tokens",
        "forced_decoder_ids",

        // Provenance, training only, and decoding, as Hugging Face's library writes them.
        "_name_or_path", "architectures", "transformers_version", "torch_dtype", "dtype", "model_type", "use_cache", "cache_implementation",
        "initializer_range", "initializer_factor", "init_std", "gradient_checkpointing", "task_specific_params",
        "id2label", "label2id", "_num_labels", "problem_type", "finetuning_task", "output_past", "output_attentions", "output_hidden_states",
        "return_dict", "return_dict_in_generate", "torchscript", "pruned_heads", "chunk_size_feed_forward", "use_bfloat16",
        "resid_pdrop", "embd_pdrop", "attn_pdrop", "attention_dropout", "embed_dropout", "resid_dropout", "dropout", "dropout_rate",
        "activation_dropout", "hidden_dropout", "embedding_dropout", "residual_dropout", "layerdrop", "classifier_dropout", "classif_dropout", "hidden_dropout_prob", "attention_probs_dropout_prob",
        "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels", "summary_first_dropout",
        "bos_token_id", "pad_token_id", "eos_token_id", "sep_token_id", "unk_token_id", "cls_token_id", "mask_token_id",
        "max_length", "min_length", "do_sample", "num_beams", "num_beam_groups", "temperature", "top_k", "top_p", "typical_p",
        "early_stopping", "length_penalty", "repetition_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size",
        "bad_words_ids", "num_return_sequences", "output_scores", "prefix", "diversity_penalty", "suppress_tokens",
        "begin_suppress_tokens", "remove_invalid_values", "exponential_decay_length_penalty", "tokenizer_class",
        "forced_bos_token_id", "forced_eos_token_id", "n_special", "predict_special_tokens", "pretraining_tp", "auto_map",
        "unsloth_fixed", "_attn_implementation", "_attn_implementation_autoset", "attn_implementation", "tf_legacy_loss",
        "_commit_hash", "is_llama_config", "transformers.js_config",
    ];

    /// <summary>
    /// Options that say that a model is not wired to, or as, another one, or lacks a part that others have: every configuration may state
    /// them as false.
    /// </summary>
    private static readonly HashSet<string> InertIfFalse =
    [
        "is_decoder", "is_encoder_decoder", "add_cross_attention", "tie_encoder_decoder", "rope_interleaved", "attention_bias", "mlp_bias",
        "lm_head_bias", "use_qk_norm", "qk_layernorm", "use_bidirectional_attention",
    ];

    /// <summary>Above what any model has.</summary>
    private const int MostOfASize = 1 << 24, MostLayers = 10_000;

    /// <summary>In bytes; configurations have thousands.</summary>
    private const long LongestFile = 16 << 20;

    private readonly JsonElement _root;
    private readonly HashSet<string> _read = [];
    private readonly HashSet<string> _used = [];
    private readonly List<ConfigReader> _sections = [];
    private readonly List<string> _notes = [];
    private readonly string? _family;

    private ConfigReader(string source, JsonElement root, StorageConventions conventions, string? family = null)
    {
        Source = source;
        Conventions = conventions;
        _root = root;
        _family = family;
    }

    /// <summary>The file it was read from, for messages.</summary>
    public string Source { get; }

    /// <summary>How the matrices that go with it lie.</summary>
    public StorageConventions Conventions { get; }

    /// <summary>The weights that go with it, where they are known: what they hold goes before what the file says of them.</summary>
    internal Lazy<Checkpoint>? Weights { get; set; }

    /// <summary>What whoever uses the model should know, one sentence each.</summary>
    internal IReadOnlyList<string> Notes => _notes;

    /// <summary>The family's name: the option model_type.</summary>
    public string ModelType => _family ?? String("model_type");

    /// <summary>Opens the config.json of a model folder, a configuration file itself, or what a GGUF file says instead.</summary>
    /// <param name="path">A folder that holds config.json, or the file.</param>
    /// <exception cref="ModelException">The file is missing or is not a JSON object.</exception>
    /// <exception cref="CheckpointException">The GGUF file is damaged.</exception>
    public static ConfigReader Open(string path)
    {
        if (GgufFile.Is(path))
        {
            using GgufModel model = GgufModel.Open(path);
            return new GgufDescription(model).Config();
        }

        string file = Directory.Exists(path) ? Path.Combine(path, "config.json") : path;
        if (!File.Exists(file) || new FileInfo(file).Length > LongestFile)
        {
            throw new ModelException(MissingModel.Explain(path));
        }

        if (LfsPointer.Is(file))
        {
            throw new ModelException(LfsPointer.Explain(file));
        }

        return Parse(file, File.ReadAllText(file));
    }

    /// <summary>Reads configuration text.</summary>
    /// <param name="source">Where the text is from, for messages.</param>
    /// <param name="json">A JSON object.</param>
    /// <param name="conventions">How the matrices that go with it lie; null means as in Hugging Face's checkpoints.</param>
    /// <exception cref="ModelException">The text is not a JSON object.</exception>
    public static ConfigReader Parse(string source, string json, StorageConventions? conventions = null)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ModelException($"'{source}' holds a JSON {document.RootElement.ValueKind}; an object of options is wanted.");
            }

            return new ConfigReader(source, document.RootElement.Clone(), conventions ?? StorageConventions.HuggingFace);
        }
        catch (JsonException e)
        {
            throw new ModelException(
                NotANumber().Match(json) is { Success: true } found
                    ? $"'{source}' has {found.Groups[1].Value} in line {1 + json.AsSpan(0, found.Index).Count('\n')}, which Python writes and JSON does not know; put the number that was meant in its place, or null."
                    : $"'{source}' is not valid JSON ({e.Message}); download the file again.",
                e);
        }
    }

    /// <summary>Whether an option is there and not null.</summary>
    /// <param name="name">The option.</param>
    public bool Has(string name) => _root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A whole number.</summary>
    /// <param name="name">The option.</param>
    /// <param name="fallback">What an absent or null option means; without one the option is required.</param>
    public int Int(string name, int? fallback = null) => Read(name, fallback, "a whole number", static e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int v) ? v : null);

    /// <summary>A size, a number of heads or the like: a whole number from 1 on.</summary>
    /// <param name="name">The option.</param>
    /// <param name="fallback">What an absent or null option means; without one the option is required.</param>
    public int Size(string name, int? fallback = null) => Within(name, Int(name, fallback), MostOfASize);

    /// <summary>A number of layers, from 1 on.</summary>
    /// <param name="name">The option.</param>
    /// <param name="fallback">What an absent or null option means; without one the option is required.</param>
    public int Layers(string name, int? fallback = null) => Within(name, Int(name, fallback), MostLayers);

    /// <summary>A token id: a whole number below the size of the vocabulary.</summary>
    /// <param name="name">The option.</param>
    /// <param name="vocabulary">The size.</param>
    /// <param name="fallback">What an absent or null option means.</param>
    public int TokenId(string name, int vocabulary, int fallback) => Int(name, fallback) is var id && id >= 0 && id < vocabulary
        ? id
        : throw new ModelException($"'{Source}' has {name} = {id}; the model's tokens are 0 to {vocabulary - 1}.");

    /// <summary>A number.</summary>
    /// <param name="name">The option.</param>
    /// <param name="fallback">What an absent or null option means; without one the option is required.</param>
    public double Number(string name, double? fallback = null) =>
        Read(name, fallback, "a number", Finite);

    /// <summary>Token ids: one, or a list of them; an absent or null option is none.</summary>
    /// <param name="name">The option.</param>
    public IReadOnlyList<int> TokenIds(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return [];
        }

        List<int> ids = [];
        foreach (JsonElement id in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
        {
            ids.Add(id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int number) ? number : throw Wrong(name, value, "a token id or a list of them"));
        }

        return ids;
    }

    /// <summary>true or false.</summary>
    /// <param name="name">The option.</param>
    /// <param name="fallback">What an absent or null option means; without one the option is required.</param>
    public bool Bool(string name, bool? fallback = null) => Read<bool>(name, fallback, "true or false", static e => e.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    });

    /// <summary>A string.</summary>
    /// <param name="name">The option.</param>
    /// <param name="fallback">What an absent or null option means; without one the option is required.</param>
    public string String(string name, string? fallback = null)
    {
        if (!Find(name, out JsonElement value))
        {
            return fallback ?? throw Missing(name);
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, value, "a string");
    }

    /// <summary>A nested value, for options that are objects or lists.</summary>
    /// <param name="name">The option.</param>
    /// <returns>The value, or null when absent or null.</returns>
    public JsonElement? Element(string name) => Find(name, out JsonElement value) ? value : null;

    /// <summary>A nested object of options; what nobody reads in it is an error too.</summary>
    /// <param name="name">The option.</param>
    /// <returns>A reader of it, or null when absent or null.</returns>
    public ConfigReader? Section(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(name, value, "an object");
        }

        ConfigReader section = new(SectionSource(name), value, Conventions, ModelType);
        _sections.Add(section);
        return section;
    }

    /// <summary>A whole number where null is a value of its own, and differs from an absent option.</summary>
    /// <param name="name">The option.</param>
    /// <param name="fallback">What an absent option means.</param>
    public int? IntOrNull(string name, int? fallback) =>
        _root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Null ? null : Has(name) ? Int(name) : fallback;

    /// <summary>A number above 0 where null is a value of its own, and differs from an absent option.</summary>
    /// <param name="name">The option.</param>
    /// <param name="fallback">What an absent option means.</param>
    public float? PositiveOrNull(string name, float? fallback) =>
        _root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Null ? null : Has(name) ? (float)Positive(name) : fallback;

    /// <summary>A number above 0.</summary>
    /// <param name="name">The option.</param>
    /// <param name="fallback">What an absent or null option means; without one the option is required.</param>
    public double Positive(string name, double? fallback = null)
    {
        double value = Number(name, fallback);
        return value > 0 ? value : throw new ModelException($"'{Source}' has {name} = {value}; a positive number is wanted.");
    }

    /// <summary>A list of numbers.</summary>
    /// <param name="name">The option, which must be there.</param>
    public IReadOnlyList<double> Numbers(string name)
    {
        JsonElement value = Element(name) ?? throw Missing(name);
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(e => Finite(e) is not null)
            ? [.. value.EnumerateArray().Select(e => e.GetDouble())]
            : throw Wrong(name, value, "a list of numbers");
    }

    /// <summary>
    /// Whether the head is the table of token embeddings: as tie_word_embeddings says, unless the weights, where they are known, say
    /// otherwise. A head of its own with other values is used; where there is none, the table is.
    /// </summary>
    /// <param name="head">Full name of a head's own matrix.</param>
    /// <param name="table">Full name of the table.</param>
    /// <param name="fallback">What an absent or null option means.</param>
    public bool Tied(string head, string table, bool fallback)
    {
        bool tied = Bool("tie_word_embeddings", fallback);
        if (Weights?.Value is not { } weights)
        {
            return tied;
        }

        StoredTensor? own = StoredParameters.Find(weights, head), shared = StoredParameters.Find(weights, table);
        if (own is null && !tied && HeadlessKind() is { } kind)
        {
            throw new ModelException(
                $"'{Source}' says that these are the weights of a {kind}, and they have no '{head}': it says no tokens, so there is nothing to generate or edit. Take the model that it was made from, one that goes on with a text.");
        }

        bool found = own is null ? tied || shared is not null : shared is not null && tied && (!own.Shape.Equals(shared.Shape) || own.HasSameBytes(shared));
        if (found != tied)
        {
            _notes.Add($"'{Source}' {(Has("tie_word_embeddings") ? "says" : "means")} tie_word_embeddings = {(tied ? "true" : "false")}, but the weights have "
                + (tied ? $"a '{head}' with values of its own, which is used." : $"no '{head}'; the table '{table}' is used for it."));
        }

        return found;
    }

    /// <summary>Takes note of every option, where another place has said the same.</summary>
    public void IgnoreAll()
    {
        foreach (JsonProperty option in _root.EnumerateObject())
        {
            _read.Add(option.Name);
        }
    }

    /// <summary>Takes note of options that never change what this family computes.</summary>
    /// <param name="names">The options.</param>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _read.Add(name);
        }
    }

    /// <summary>Reads an option that this project supports at one value only.</summary>
    /// <param name="name">The option.</param>
    /// <param name="supported">The value, also what an absent option means.</param>
    /// <param name="why">What the option would change.</param>
    /// <exception cref="ModelException">The option is there with another value.</exception>
    public void Require(string name, bool supported, string why)
    {
        if (Bool(name, supported) != supported)
        {
            throw new ModelException(
                $"'{Source}' sets {name} to {(!supported ? "true" : "false")}: {why}. Only {(supported ? "true" : "false")} is supported.");
        }
    }

    /// <summary>Reads an option that the family supports at one value only.</summary>
    /// <param name="name">The option.</param>
    /// <param name="supported">The value, also what an absent option means.</param>
    /// <param name="why">What the option would change.</param>
    /// <exception cref="ModelException">The option is there with another value.</exception>
    public void RequireNumber(string name, double supported, string why)
    {
        double value = Number(name, supported);
        if (value != supported)
        {
            throw new ModelException($"'{Source}' sets {name} to {value}: {why}. The family '{ModelType}' supports {supported} only.");
        }
    }

    /// <summary>Reads an option that the family supports at one value only.</summary>
    /// <param name="name">The option.</param>
    /// <param name="supported">The value, also what an absent option means.</param>
    /// <param name="why">What the option would change.</param>
    /// <exception cref="ModelException">The option is there with another value.</exception>
    public void RequireText(string name, string supported, string why)
    {
        string value = String(name, supported);
        if (value != supported)
        {
            throw new ModelException($"'{Source}' sets {name} to \"{value}\": {why}. The family '{ModelType}' supports \"{supported}\" only.");
        }
    }

    /// <summary>Throws when the file holds an option that nobody read and that is not known to be without effect.</summary>
    /// <exception cref="ModelException">Names the options.</exception>
    public void ThrowIfUnread()
    {
        _sections.ForEach(s => s.ThrowIfUnread());
        List<string> unread = [.. _root.EnumerateObject()
            .Where(p => p.Value.ValueKind != JsonValueKind.Null && !_read.Contains(p.Name) && !Inert.Contains(p.Name))
            .Where(p => p.Value.ValueKind != JsonValueKind.False || !InertIfFalse.Contains(p.Name))
            .Where(p => !SaysThatAllLayersAreAlike(p))
            .Select(p => $"{p.Name} = {Shorten(p.Value)}")];
        if (unread.Count > 0)
        {
            throw new ModelException(
                $"'{Source}' has options that the family '{ModelType}' does not know: {string.Join(", ", unread)}. " +
                "They may change what the model computes, so they are not ignored; remove them if you know that they do not.");
        }
    }

    private T Read<T>(string name, T? fallback, string wanted, Func<JsonElement, T?> convert)
        where T : struct
    {
        if (!Find(name, out JsonElement value))
        {
            return fallback ?? throw Missing(name);
        }

        return (value.ValueKind == JsonValueKind.String ? null : convert(value)) ?? throw Wrong(name, value, wanted);
    }

    /// <summary>Writes the options that were read and are there, in ordinal order of their names; sections as objects.</summary>
    /// <param name="writer">Receives an object.</param>
    internal void WriteUsed(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (string name in _used.Where(Has).Order(StringComparer.Ordinal))
        {
            writer.WritePropertyName(name);
            if (_sections.FirstOrDefault(s => s.Source == SectionSource(name)) is { } section)
            {
                section.WriteUsed(writer);
            }
            else
            {
                _root.GetProperty(name).WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>layer_types, which a family of one kind of layer need not read.</summary>
    private static bool SaysThatAllLayersAreAlike(JsonProperty option) => option.Name == "layer_types" && option.Value.ValueKind == JsonValueKind.Array
        && option.Value.EnumerateArray().All(type => type.ValueKind == JsonValueKind.String && type.ValueEquals("full_attention"u8));

    /// <summary>The class that wrote the weights, where it is one without a head for tokens: a bare model, a classifier or the like.</summary>
    private string? HeadlessKind() =>
        Has("architectures") && _root.GetProperty("architectures") is { ValueKind: JsonValueKind.Array } kinds && kinds.GetArrayLength() > 0
        && kinds[0].ValueKind == JsonValueKind.String && kinds[0].GetString() is { } kind && Headless().IsMatch(kind)
            ? kind
            : null;

    private static double? Finite(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;

    [GeneratedRegex("((?<!Heads?)Model|Classification|QuestionAnswering|Reward.*)$")]
    private static partial Regex Headless();

    [GeneratedRegex(@"(?<=[:\[,]\s*)(-?Infinity|NaN)\b")]
    private static partial Regex NotANumber();

    private string SectionSource(string name) => $"{Source}: {name}";

    private bool Find(string name, out JsonElement value)
    {
        _read.Add(name);
        _used.Add(name);
        return _root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private int Within(string name, int value, int most) => value >= 1 && value <= most
        ? value
        : throw new ModelException($"'{Source}' has {name} = {value}; a whole number from 1 to {most} is wanted. Take config.json from the model's own folder.");

    private ModelException Missing(string name) =>
        new($"'{Source}' lacks the option {name}, which this family needs; take config.json from the model's own folder.");

    private ModelException Wrong(string name, JsonElement value, string wanted) =>
        new($"'{Source}' has {name} = {Shorten(value)}; {wanted} is wanted.");

    private static string Shorten(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 40 ? text : text[..37] + "...";
    }
}

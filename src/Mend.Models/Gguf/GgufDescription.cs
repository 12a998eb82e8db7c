using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>What a GGUF file says about its model, as the files of a Hugging Face folder say it.</summary>
internal sealed class GgufDescription
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly GgufModel _model;
    private readonly JsonObject _config;
    private readonly int _pairedHead;
    private readonly FusedHeads _fused;
    private readonly HashSet<string> _transposed;

    /// <summary>Reads it; the model must stay open for as long as this is used.</summary>
    public GgufDescription(GgufModel model)
    {
        _model = model;
        _config = GgufConfig.Make(model);
        if (model.Architecture.Conventions.NeighbouringPairs)
        {
            _pairedHead = HeadSize;
        }

        if (model.Architecture.Conventions.KindsApart)
        {
            int heads = (int)Option("num_attention_heads")!.Value;
            _fused = new FusedHeads(heads, (int)(Option("num_kv_heads") ?? heads), HeadSize);
        }

        _transposed = model.Architecture.Conventions.MatricesOutIn ? StoredOtherwise() : [];
    }

    private int HeadSize => (int)(Option("head_dim") ?? Option("hidden_size") / Option("num_attention_heads"))!;

    /// <summary>The configuration.</summary>
    public ConfigReader Config() => ConfigReader.Parse(_model.Path, _config.ToJsonString(), _model.Architecture.Conventions);

    /// <summary>The files: configuration and tokenizer.</summary>
    /// <param name="type">The type that the weights are to have, as torch_dtype names it; null leaves it out.</param>
    public IReadOnlyDictionary<string, byte[]> Files(string? type = null)
    {
        GgufTokenizer tokenizer = GgufTokenizer.Read(_model.Files[0]);
        JsonObject config = _config.DeepClone().AsObject();
        (config["bos_token_id"], config["eos_token_id"]) = (tokenizer.Bos, tokenizer.Eos);
        JsonObject generation = new() { ["bos_token_id"] = tokenizer.Bos, ["eos_token_id"] = Ids(tokenizer.Ends) };
        if (type is not null)
        {
            config["torch_dtype"] = type;
        }

        return new Dictionary<string, byte[]>
        {
            ["config.json"] = Encoding.UTF8.GetBytes(config.ToJsonString(Indented)),
            ["generation_config.json"] = Encoding.UTF8.GetBytes(generation.ToJsonString(Indented)),
            ["tokenizer.json"] = tokenizer.Json(),
            ["tokenizer_config.json"] = tokenizer.ConfigJson(),
        };
    }

    /// <summary>How a tensor lies against Hugging Face's order.</summary>
    /// <param name="name">Its name among Hugging Face's.</param>
    public TensorOrder OrderOf(string name) => new(_transposed.Contains(name), PairedRows(name), Fused(name));

    /// <summary>Writes the file anew with some tensors replaced.</summary>
    /// <param name="path">The new file.</param>
    /// <param name="changed">The tensors: of Hugging Face's names, or of those that the file's stacks of matrices have.</param>
    /// <param name="cancellationToken">Looked at between tensors.</param>
    /// <exception cref="ModelException">The file has a tensor in another form.</exception>
    /// <exception cref="IOException">The new file exists or cannot be written.</exception>
    public void Write(string path, IEnumerable<TensorData> changed, CancellationToken cancellationToken) => GgufCopy.Write(path, _model.Files, changed.ToDictionary(
        tensor => _model.FileName(tensor.Name) ?? throw new ModelException(
            $"'{_model.Path}' holds '{tensor.Name}' in parts of another form, which edits of it cannot be written to. Export a Hugging Face folder (--format safetensors), and convert that."),
        StringComparer.Ordinal), cancellationToken);

    /// <summary>One id, or a list of several, as such files have it.</summary>
    private static JsonNode? Ids(IReadOnlyList<int> ids) => ids.Count > 1 ? new JsonArray([.. ids.Select(id => (JsonNode)id)]) : ids.Count == 1 ? ids[0] : null;

    private long? Option(string name) => _config[name]?.GetValue<long>();

    private int PairedRows(string name) =>
        name.Contains(".self_attn.q_proj.", StringComparison.Ordinal) || name.Contains(".self_attn.k_proj.", StringComparison.Ordinal) ? _pairedHead : 0;

    private FusedHeads Fused(string name) => name.Contains(".query_key_value.", StringComparison.Ordinal) ? _fused : default;

    /// <summary>Matrices that the family's own checkpoints have as [in, out].</summary>
    private HashSet<string> StoredOtherwise() =>
    [
        .. ModelFamilies.Describe(ConfigReader.Parse(_model.Path, _config.ToJsonString())).Stages
            .SelectMany(s => s.Parameters).Where(p => p.Layout == WeightLayout.InOut).Select(p => p.Name),
    ];
}

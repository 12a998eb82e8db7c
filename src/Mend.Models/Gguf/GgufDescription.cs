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
    private readonly HashSet<string> _transposed;

    /// <summary>Reads it; the model must stay open for as long as this is used.</summary>
    public GgufDescription(GgufModel model)
    {
        _model = model;
        _config = GgufConfig.Make(model);
        if (model.Architecture.Conventions.NeighbouringPairs)
        {
            _pairedHead = (int)(_config["head_dim"]?.GetValue<long>() ?? _config["hidden_size"]!.GetValue<long>() / _config["num_attention_heads"]!.GetValue<long>());
        }

        _transposed = model.Architecture.Conventions.MatricesOutIn ? StoredOtherwise() : [];
    }

    /// <summary>The configuration.</summary>
    public ConfigReader Config() => ConfigReader.Parse(_model.Path, _config.ToJsonString(), _model.Architecture.Conventions);

    /// <summary>The files: configuration and tokenizer.</summary>
    /// <param name="type">The type that the weights are to have, as torch_dtype names it; null leaves it out.</param>
    public IReadOnlyDictionary<string, byte[]> Files(string? type = null)
    {
        GgufTokenizer tokenizer = GgufTokenizer.Read(_model.Files[0]);
        JsonObject config = _config.DeepClone().AsObject();
        JsonObject generation = [];
        foreach ((string option, int? id) in new[] { ("bos_token_id", tokenizer.Ends.Bos), ("eos_token_id", tokenizer.Ends.Eos) })
        {
            config[option] = id;
            generation[option] = id;
        }

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
    public TensorOrder OrderOf(string name) => new(_transposed.Contains(name), PairedRows(name));

    private int PairedRows(string name) =>
        name.Contains(".self_attn.q_proj.", StringComparison.Ordinal) || name.Contains(".self_attn.k_proj.", StringComparison.Ordinal) ? _pairedHead : 0;

    /// <summary>Matrices that the family's own checkpoints have as [in, out].</summary>
    private HashSet<string> StoredOtherwise() =>
    [
        .. ModelFamilies.Describe(ConfigReader.Parse(_model.Path, _config.ToJsonString())).Stages
            .SelectMany(s => s.Parameters).Where(p => p.Layout == WeightLayout.InOut).Select(p => p.Name),
    ];
}

using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// The chain that Llama, Mistral and Qwen share: root-mean-square norms, rotary positions by halves, fewer key heads than query
/// heads, SwiGLU. What differs is here as values; mixtures of experts stand in place of MLPs, and other attention in place of its own.
/// Immutable.
/// </summary>
internal sealed record LlamaLayout
{
    public required string Family { get; init; }

    public required int Width { get; init; }

    public required int Inner { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    public required int KeyHeads { get; init; }

    public required int HeadSize { get; init; }

    public required int Vocabulary { get; init; }

    /// <summary>Longest sequence, or null for any.</summary>
    public required int? Positions { get; init; }

    public required float Epsilon { get; init; }

    public required UnaryOp Activation { get; init; }

    /// <summary>The angles of its positions.</summary>
    public required RotaryScheme Rotary { get; init; }

    public required RotaryTable Turn { get; init; }

    /// <summary>See <see cref="ModelArchitecture.CacheServes"/>.</summary>
    public required Func<int, int, bool> CacheServes { get; init; }

    /// <summary>Whether the head is the token table.</summary>
    public required bool Tied { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QueryBias { get; init; }

    /// <summary>Whether the attention's output has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Whether the MLP has biases.</summary>
    public bool MlpBias { get; init; }

    /// <summary>Whether queries and keys are normalised per head (Qwen3).</summary>
    public bool HeadNorms { get; init; }

    /// <summary>How many keys a query of a layer sees, itself included; null means all.</summary>
    public Func<int, int?> Window { get; init; } = _ => null;

    /// <summary>The layers that have a mixture of experts for an MLP; null means none.</summary>
    public MixtureLayout? Mixtures { get; init; }

    /// <summary>Attention of another kind, made from the parameters under a layer's name ("model.layers.3"); null means Llama's.</summary>
    public Func<ParameterSource, string, ISublayer>? OtherAttention { get; init; }

    /// <summary>Reads the options that all of these families have.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaults">Widths and counts that an absent option means, as the family has them.</param>
    public static LlamaLayout Read(ConfigReader config, LlamaDefaults defaults)
    {
        int width = config.Int("hidden_size", defaults.Width);
        int heads = config.Int("num_attention_heads", defaults.Heads);
        int positions = config.Int("max_position_embeddings", defaults.Positions);
        if (!config.Has("head_dim") && (defaults.Turned ?? defaults.HeadSize) is null)
        {
            Execution.Heads.Check(config, width, heads, "hidden_size", "num_attention_heads");
        }

        config.Ignore("head_dim");
        int headSize = defaults.Turned ?? config.Int("head_dim", defaults.HeadSize ?? width / heads);
        int keyHeads = config.Int("num_key_value_heads", defaults.KeyHeads ?? heads);
        Execution.Heads.Check(config, heads, keyHeads, "num_attention_heads", "num_key_value_heads");
        RotaryScheme rotary = RotaryOptions.Read(config, new RotaryDefaults(headSize, positions, defaults.Theta));
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");
        return new LlamaLayout
        {
            Family = config.ModelType,
            Width = width,
            Inner = config.Int("intermediate_size", defaults.Inner),
            Layers = config.Int("num_hidden_layers", defaults.Layers),
            Heads = heads,
            KeyHeads = keyHeads,
            HeadSize = headSize,
            Vocabulary = config.Int("vocab_size", defaults.Vocabulary),
            Positions = rotary.Positions,
            Epsilon = (float)config.Number("rms_norm_eps", defaults.Epsilon),
            Activation = Activations.Named(config, config.String("hidden_act", "silu")),
            Rotary = rotary,
            Turn = new RotaryTable(rotary, interleaved: false),
            CacheServes = rotary.Serves,
            Tied = config.Bool("tie_word_embeddings", false),
        };
    }

    /// <summary>
    /// Lays out the chain. All three matrices of an MLP are edited by default: gate and up have one shape and so share one editor
    /// network, which makes the second of them nearly free. Of a mixture of experts, which has hundreds, only the output matrices are.
    /// </summary>
    public ModelArchitecture Describe()
    {
        const string Tokens = "model.embed_tokens.weight";
        List<StageSpec> stages =
        [
            new("embeddings", StageKind.Embedding, p => new TokenEmbeddingStage(p.Table(Tokens, Vocabulary, Width), Positions)),
        ];
        for (int i = 0; i < Layers; i++)
        {
            string prefix = $"model.layers.{i}";
            int layer = i;
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => new LlamaBlock(p, prefix, this, layer)));
        }

        stages.Add(new StageSpec("final norm", StageKind.Norm, p => new RmsNormStage(p, "model.norm", Width, Epsilon)));
        stages.Add(new StageSpec("head", StageKind.Head, p => new HeadStage(p.Matrix(Tied ? Tokens : "lm_head.weight", Width, Vocabulary), null)));
        return new ModelArchitecture
        {
            Family = Family,
            Task = ModelTask.Causal,
            Stages = stages,
            Width = Width,
            Heads = Heads,
            Vocabulary = Vocabulary,
            MaxPositions = Positions,
            CacheServes = CacheServes,
            DefaultEditedLayers = LastBlocks.Of(Layers, 3, EditedByDefault),
        };
    }

    private IEnumerable<string> EditedByDefault(int layer)
    {
        string prefix = $"model.layers.{layer}";
        return Mixtures is { } mixtures && mixtures.Holds(layer)
            ? mixtures.Outputs(prefix)
            : [$"{prefix}.mlp.gate_proj.weight", $"{prefix}.mlp.up_proj.weight", $"{prefix}.mlp.down_proj.weight"];
    }
}

/// <summary>What absent options mean, where the families differ.</summary>
/// <param name="Vocabulary">vocab_size.</param>
/// <param name="Inner">intermediate_size.</param>
/// <param name="Positions">max_position_embeddings.</param>
/// <param name="KeyHeads">num_key_value_heads; null means as many as query heads.</param>
/// <param name="HeadSize">head_dim; null means the width over the heads.</param>
internal sealed record LlamaDefaults(int Vocabulary, int Inner, int Positions, int? KeyHeads = null, int? HeadSize = null)
{
    /// <summary>hidden_size.</summary>
    public int Width { get; init; } = 4096;

    /// <summary>num_hidden_layers.</summary>
    public int Layers { get; init; } = 32;

    /// <summary>num_attention_heads.</summary>
    public int Heads { get; init; } = 32;

    /// <summary>rms_norm_eps.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>rope_theta.</summary>
    public double Theta { get; init; } = 10000;

    /// <summary>What is turned of a head, in families whose head_dim says nothing of use; null means head_dim.</summary>
    public int? Turned { get; init; }
}

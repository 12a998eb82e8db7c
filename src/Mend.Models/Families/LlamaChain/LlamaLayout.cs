using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// The chain that Llama, Mistral and Qwen share: root-mean-square norms, rotary positions by halves, fewer key heads than query
/// heads, SwiGLU. What differs is here as values. Immutable.
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

    /// <summary>Reads the options that all of these families have.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaults">Widths and counts that an absent option means, as the family has them.</param>
    public static LlamaLayout Read(ConfigReader config, LlamaDefaults defaults)
    {
        int width = config.Int("hidden_size", 4096);
        int heads = config.Int("num_attention_heads", 32);
        int positions = config.Int("max_position_embeddings", defaults.Positions);
        if (!config.Has("head_dim") && defaults.HeadSize is null)
        {
            Execution.Heads.Check(config, width, heads, "hidden_size", "num_attention_heads");
        }

        int headSize = config.Int("head_dim", defaults.HeadSize ?? width / heads);
        int keyHeads = config.Int("num_key_value_heads", defaults.KeyHeads ?? heads);
        Execution.Heads.Check(config, heads, keyHeads, "num_attention_heads", "num_key_value_heads");
        RotaryScheme rotary = RotaryOptions.Read(config, new RotaryDefaults(headSize, positions));
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");
        return new LlamaLayout
        {
            Family = config.ModelType,
            Width = width,
            Inner = config.Int("intermediate_size", defaults.Inner),
            Layers = config.Int("num_hidden_layers", 32),
            Heads = heads,
            KeyHeads = keyHeads,
            HeadSize = headSize,
            Vocabulary = config.Int("vocab_size", defaults.Vocabulary),
            Positions = rotary.Positions,
            Epsilon = (float)config.Number("rms_norm_eps", 1e-6),
            Activation = Activations.Named(config, config.String("hidden_act", "silu")),
            Turn = new RotaryTable(rotary, interleaved: false),
            CacheServes = rotary.Serves,
            Tied = config.Bool("tie_word_embeddings", false),
        };
    }

    /// <summary>
    /// Lays out the chain. All three matrices of an MLP are edited by default: gate and up have one shape and so share one editor
    /// network, which makes the second of them nearly free.
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
            int? window = Window(i);
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => new LlamaBlock(p, prefix, this, window)));
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
            DefaultEditedLayers = LastBlocks.Of(
                Layers,
                3,
                "model.layers.{0}.mlp.gate_proj.weight",
                "model.layers.{0}.mlp.up_proj.weight",
                "model.layers.{0}.mlp.down_proj.weight"),
        };
    }
}

/// <summary>What absent options mean, where the families differ.</summary>
/// <param name="Vocabulary">vocab_size.</param>
/// <param name="Inner">intermediate_size.</param>
/// <param name="Positions">max_position_embeddings.</param>
/// <param name="KeyHeads">num_key_value_heads; null means as many as query heads.</param>
/// <param name="HeadSize">head_dim; null means the width over the heads.</param>
internal sealed record LlamaDefaults(int Vocabulary, int Inner, int Positions, int? KeyHeads = null, int? HeadSize = null);

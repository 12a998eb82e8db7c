using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// The chain that Llama and its kin share: norms inside the residual sums, rotary positions, fewer key heads than query heads, an MLP that
/// is mostly gated. What differs is here as values; mixtures of experts stand in place of MLPs, and other attention in place of its own.
/// Immutable.
/// </summary>
internal sealed record LlamaLayout
{
    private const string Tokens = "model.embed_tokens.weight", Head = "lm_head.weight";

    private readonly float? _scoreScale;

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

    /// <summary>See <see cref="ModelArchitecture.CacheServes"/>.</summary>
    public required Func<int, int, bool>? CacheServes { get; init; }

    /// <summary>What turns queries and keys of a layer; null means that nothing does.</summary>
    public required Func<int, RotaryTable?> TurnOf { get; init; }

    /// <summary>Whether the head is the token table.</summary>
    public required bool Tied { get; init; }

    /// <summary>The kind of all norms but those of heads.</summary>
    public NormKind Norms { get; init; } = NormKind.Rms;

    /// <summary>Where norms stand in a layer.</summary>
    public BlockNorms BlockNorms { get; init; } = BlockNorms.Before;

    /// <summary>Whether attention and MLP work side by side on what enters a layer.</summary>
    public bool SideBySide { get; init; }

    /// <summary>The norms of queries and keys; null means none.</summary>
    public HeadNorm? HeadNorm { get; init; }

    /// <summary>How MLPs are stored.</summary>
    public MlpStyle Mlp { get; init; } = MlpStyle.Gated;

    /// <summary>Whether queries, keys and values come from one matrix, in this order (Phi-3).</summary>
    public bool Fused { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QueryBias { get; init; }

    /// <summary>Whether the attention's output has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Whether the MLP has biases.</summary>
    public bool MlpBias { get; init; }

    /// <summary>How many keys a query of a layer sees, itself included; null means all.</summary>
    public Func<int, int?> Window { get; init; } = _ => null;

    /// <summary>Factor on attention scores; 1/√size unless set.</summary>
    public float ScoreScale
    {
        get => _scoreScale ?? 1f / MathF.Sqrt(HeadSize);
        init => _scoreScale = value;
    }

    /// <summary>What attention scores softly stay below; null means no limit.</summary>
    public float? ScoreCap { get; init; }

    /// <summary>Factor on token embeddings.</summary>
    public float EmbeddingScale { get; init; } = 1f;

    /// <summary>Factor on what attention and MLP add.</summary>
    public float ResidualScale { get; init; } = 1f;

    /// <summary>Factor on logits.</summary>
    public float LogitScale { get; init; } = 1f;

    /// <summary>What logits softly stay below; null means no limit.</summary>
    public float? LogitCap { get; init; }

    /// <summary>The layers that have a mixture of experts for an MLP; null means none.</summary>
    public MixtureLayout? Mixtures { get; init; }

    /// <summary>Attention of another kind, made from the parameters under a layer's name ("model.layers.3"); null means Llama's.</summary>
    public Func<ParameterSource, string, ISublayer>? OtherAttention { get; init; }

    /// <summary>Reads the options that all of these families have.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaults">What the family calls them, and what absent ones mean.</param>
    public static LlamaLayout Read(ConfigReader config, LlamaDefaults defaults)
    {
        int width = config.Size("hidden_size", defaults.Width);
        int heads = config.Size("num_attention_heads", defaults.Heads);
        int positions = config.Size("max_position_embeddings", defaults.Positions);
        if (!config.Has("head_dim") && (defaults.Turned ?? defaults.HeadSize) is null)
        {
            Execution.Heads.Check(config, width, heads, "hidden_size", "num_attention_heads");
        }

        config.Ignore("head_dim");
        int headSize = defaults.Turned ?? config.Size("head_dim", defaults.HeadSize ?? width / heads);
        int keyHeads = config.IntOrNull("num_key_value_heads", defaults.KeyHeads) ?? heads;
        Execution.Heads.Check(config, heads, keyHeads, "num_attention_heads", "num_key_value_heads");
        RotaryScheme rotary = defaults.Rotary(config, new RotaryDefaults(headSize, positions, defaults.Theta));
        RotaryTable turn = new(rotary, defaults.Interleaved || config.Conventions.NeighbouringPairs);
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");
        return new LlamaLayout
        {
            Family = config.ModelType,
            Width = width,
            Inner = config.Size("intermediate_size", defaults.Inner),
            Layers = config.Layers("num_hidden_layers", defaults.Layers),
            Heads = heads,
            KeyHeads = keyHeads,
            HeadSize = headSize,
            Vocabulary = config.Size("vocab_size", defaults.Vocabulary),
            Positions = rotary.Positions,
            Epsilon = (float)config.Number(defaults.EpsilonOption, defaults.Epsilon),
            Activation = Activations.Named(config, config.String(defaults.ActivationOption, defaults.Activation)),
            Rotary = rotary,
            CacheServes = rotary.Serves,
            TurnOf = _ => turn,
            Tied = config.Tied(Head, Tokens, defaults.Tied),
        };
    }

    /// <summary>
    /// Lays out the chain. All matrices of an MLP are edited by default: gate and up have one shape and so share one editor network, which
    /// makes the second of them nearly free. Of a mixture of experts, which has hundreds, only the output matrices are.
    /// </summary>
    public ModelArchitecture Describe()
    {
        List<StageSpec> stages =
        [
            new("embeddings", StageKind.Embedding, p => new TokenEmbeddingStage(p.Table(Tokens, Vocabulary, Width), Positions, EmbeddingScale)),
        ];
        for (int i = 0; i < Layers; i++)
        {
            int layer = i;
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => Block(p, layer)));
        }

        stages.Add(new StageSpec("final norm", StageKind.Norm, p => new NormStage(RowNorm.Load(Norms, p, "model.norm", Width, Epsilon))));
        stages.Add(new StageSpec("head", StageKind.Head, p => new HeadStage(
            p.Matrix(Tied ? Tokens : Head, Width, Vocabulary), null, LogitScale, LogitCap)));
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

    private static string Prefix(int layer) => $"model.layers.{layer}";

    private ResidualBlock Block(ParameterSource parameters, int layer)
    {
        string prefix = Prefix(layer);
        IRowNorm? Norm(string? name) => name is null ? null : RowNorm.Load(Norms, parameters, $"{prefix}.{name}", Width, Epsilon);
        return new ResidualBlock
        {
            BeforeAttention = Norm(BlockNorms.BeforeAttention),
            Attention = OtherAttention?.Invoke(parameters, prefix) ?? new LlamaAttention(parameters, prefix, this, layer),
            AfterAttention = Norm(BlockNorms.AfterAttention),
            BeforeMlp = Norm(BlockNorms.BeforeMlp),
            Mlp = Mixtures is { } mixtures && mixtures.Holds(layer)
                ? mixtures.Build(parameters, prefix, Width, Activation)
                : Mlp.Load(parameters, $"{prefix}.mlp", this),
            AfterMlp = Norm(BlockNorms.AfterMlp),
            SideBySide = SideBySide,
            Scale = ResidualScale,
        };
    }

    private IEnumerable<string> EditedByDefault(int layer) => Mixtures is { } mixtures && mixtures.Holds(layer)
        ? mixtures.Outputs(Prefix(layer))
        : Mlp.Matrices.Select(matrix => $"{Prefix(layer)}.mlp.{matrix}.weight");
}

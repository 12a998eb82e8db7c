using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// OPT (Zhang et al., 2022) and Galactica as Hugging Face stores them: learned positions that start at row 2, norms before each part or, in
/// the 350M, after each residual sum; there the embeddings are narrower than the layers.
/// </summary>
internal sealed class Opt : IModelFamily
{
    private const string Tokens = "model.decoder.embed_tokens.weight";
    private const int Offset = 2;

    public IReadOnlyList<string> ModelTypes { get; } = ["opt"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        int width = config.Size("hidden_size", 768);
        int layers = config.Layers("num_hidden_layers", 12);
        int vocabulary = config.Size("vocab_size", 50272);
        int positions = config.Size("max_position_embeddings", 2048);
        int narrow = config.Size("word_embed_proj_dim", width);
        bool tied = config.Tied("lm_head.weight", Tokens, true);
        bool finalNorm = !config.Bool("_remove_final_layer_norm", false);
        Layout layout = new()
        {
            Width = width,
            Inner = config.Size("ffn_dim", 3072),
            Heads = config.Size("num_attention_heads", 12),
            Activation = Activations.Named(config, config.String("activation_function", "relu")),
            Bias = config.Bool("enable_bias", true),
            Affine = config.Bool("layer_norm_elementwise_affine", true),
            NormsBefore = config.Bool("do_layer_norm_before", true),
        };
        Heads.Check(config, width, layout.Heads, "hidden_size", "num_attention_heads");
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");

        // Galactica says what OPT takes for granted.
        config.Require("learned_embeddings", true, "positions would be sines");
        config.Require("scale_embeddings", false, "embeddings would be scaled");

        List<StageSpec> stages = [new("embeddings", StageKind.Embedding, p => new Embeddings(p, width, narrow, vocabulary, positions))];
        for (int i = 0; i < layers; i++)
        {
            string prefix = $"model.decoder.layers.{i}";
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => new Block(p, prefix, layout)));
        }

        if (layout.NormsBefore && finalNorm)
        {
            stages.Add(new StageSpec("final norm", StageKind.Norm, p => new NormStage(layout.Norm(p, "model.decoder.final_layer_norm"))));
        }

        stages.Add(new StageSpec("head", StageKind.Head, p => new Head(p, width, narrow, vocabulary, tied)));
        return new ModelArchitecture
        {
            Family = "opt",
            Task = ModelTask.Causal,
            Stages = stages,
            Width = width,
            Heads = layout.Heads,
            Vocabulary = vocabulary,
            MaxPositions = positions,
            DefaultEditedLayers = LastBlocks.Of(layers, 3, "model.decoder.layers.{0}.fc1.weight", "model.decoder.layers.{0}.fc2.weight"),
        };
    }

    /// <summary>What the blocks share.</summary>
    private sealed record Layout
    {
        public required int Width { get; init; }

        public required int Inner { get; init; }

        public required int Heads { get; init; }

        public required UnaryOp Activation { get; init; }

        /// <summary>Whether matrices have biases.</summary>
        public required bool Bias { get; init; }

        /// <summary>Whether norms have gains and biases.</summary>
        public required bool Affine { get; init; }

        public required bool NormsBefore { get; init; }

        public Norm Norm(ParameterSource parameters, string prefix) => new(parameters, prefix, Width, epsilon: 1e-5f, gain: Affine, bias: Affine);
    }

    private sealed class Embeddings(ParameterSource parameters, int width, int narrow, int vocabulary, int positions) : IStage
    {
        private readonly Weight _tokens = parameters.Table(Tokens, vocabulary, narrow);
        private readonly Weight _positions = parameters.Table("model.decoder.embed_positions.weight", positions + Offset, width);
        private readonly Weight? _widen = narrow == width ? null : parameters.Matrix("model.decoder.project_in.weight", narrow, width);

        public StageState Forward(StageContext context, StageState input) =>
            new(PositionedEmbedding.Forward(context, _tokens, _positions, Offset, widen: _widen));
    }

    private sealed class Block(ParameterSource parameters, string prefix, Layout layout) : IStage
    {
        private readonly SelfAttention _attention = new(parameters, $"{prefix}.self_attn", layout);
        private readonly Norm _attentionNorm = layout.Norm(parameters, $"{prefix}.self_attn_layer_norm");
        private readonly PlainMlp _mlp = new(parameters, $"{prefix}.fc1", $"{prefix}.fc2", layout.Width, layout.Inner, layout.Activation, layout.Bias);
        private readonly Norm _mlpNorm = layout.Norm(parameters, $"{prefix}.final_layer_norm");

        public StageState Forward(StageContext context, StageState input)
        {
            Value h = Add(context, input.RequireHidden(), _attention, _attentionNorm);
            return input with { Hidden = Add(context, h, _mlp, _mlpNorm) };
        }

        private Value Add(StageContext context, Value x, ISublayer part, Norm norm)
        {
            Tape tape = context.Tape;
            return layout.NormsBefore
                ? tape.Add(x, part.Forward(context, norm.Forward(tape, x)))
                : norm.Forward(tape, tape.Add(x, part.Forward(context, x)));
        }
    }

    private sealed class SelfAttention(ParameterSource parameters, string prefix, Layout layout) : ISublayer
    {
        private readonly float _scale = 1f / MathF.Sqrt(layout.Width / layout.Heads);
        private readonly LinearLayer _q = parameters.Linear($"{prefix}.q_proj", layout.Width, layout.Width, layout.Bias);
        private readonly LinearLayer _k = parameters.Linear($"{prefix}.k_proj", layout.Width, layout.Width, layout.Bias);
        private readonly LinearLayer _v = parameters.Linear($"{prefix}.v_proj", layout.Width, layout.Width, layout.Bias);
        private readonly LinearLayer _out = parameters.Linear($"{prefix}.out_proj", layout.Width, layout.Width, layout.Bias);

        public Value Forward(StageContext context, Value x)
        {
            Value Head(LinearLayer layer) => Attention.Split(context.Tape, context.Linear(layer, x), layout.Heads);
            return context.Linear(_out, CausalAttention.Attend(context, prefix, Head(_q), Head(_k), Head(_v), _scale));
        }
    }

    private sealed class Head(ParameterSource parameters, int width, int narrow, int vocabulary, bool tied) : IStage
    {
        private readonly Weight? _narrow = narrow == width ? null : parameters.Matrix("model.decoder.project_out.weight", width, narrow);
        private readonly HeadStage _head = new(parameters.Matrix(tied ? Tokens : "lm_head.weight", narrow, vocabulary), null);

        public StageState Forward(StageContext context, StageState input)
        {
            Value hidden = input.RequireHidden();
            return _head.Forward(context, _narrow is null ? input : input with { Hidden = context.Tape.Linear(hidden, _narrow) });
        }
    }
}

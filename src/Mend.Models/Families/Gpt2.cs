using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// GPT-2 (Radford et al., 2019) as Hugging Face stores it: learned positions, pre-norm blocks, matrices [in, out], a head
/// tied to the token embeddings.
/// </summary>
internal sealed class Gpt2 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["gpt2"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        int width = config.Size("n_embd", 768);
        int inner = config.Size("n_inner", 4 * width);
        int layers = config.Layers("n_layer", 12);
        int heads = config.Size("n_head", 12);
        int vocabulary = config.Size("vocab_size", 50257);
        int positions = config.Size("n_positions", config.Size("n_ctx", 1024));
        float epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        UnaryOp activation = Activations.Named(config, config.String("activation_function", "gelu_new"));
        bool scale = config.Bool("scale_attn_weights", true);
        bool scaleByLayer = config.Bool("scale_attn_by_inverse_layer_idx", false);
        config.Bool("reorder_and_upcast_attn", false); // an order of operations for float16; the mathematics is the same
        bool tied = config.Tied("lm_head.weight", "transformer.wte.weight", true);
        config.Require("add_cross_attention", false, "its blocks attend to an encoder");
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");
        Heads.Check(config, width, heads, "n_embd", "n_head");
        WeightLayout layout = config.Conventions.Layout(WeightLayout.InOut);

        List<StageSpec> stages = [new("embeddings", StageKind.Embedding, p => new Embeddings(p, width, vocabulary, positions))];
        for (int i = 0; i < layers; i++)
        {
            float attention = (scale ? 1f / MathF.Sqrt(width / heads) : 1f) / (scaleByLayer ? i + 1 : 1);
            string prefix = $"transformer.h.{i}";
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => new Block(p, prefix, width, inner, heads, activation, attention, epsilon, layout)));
        }

        stages.Add(new StageSpec("final norm", StageKind.Norm, p => new NormStage(new Norm(p, "transformer.ln_f", width, epsilon))));
        stages.Add(new StageSpec("head", StageKind.Head, p => new HeadStage(
            p.Matrix(tied ? "transformer.wte.weight" : "lm_head.weight", width, vocabulary), null)));

        return new ModelArchitecture
        {
            Family = "gpt2",
            Task = ModelTask.Causal,
            Stages = stages,
            Width = width,
            Heads = heads,
            Vocabulary = vocabulary,
            MaxPositions = positions,
            DefaultEditedLayers = LastBlocks.Of(layers, 3, "transformer.h.{0}.mlp.c_proj.weight", "transformer.h.{0}.mlp.c_fc.weight"),
        };
    }

    private sealed class Embeddings(ParameterSource parameters, int width, int vocabulary, int positions) : IStage
    {
        private readonly Weight _tokens = parameters.Table("transformer.wte.weight", vocabulary, width);
        private readonly Weight _positions = parameters.Table("transformer.wpe.weight", positions, width);

        public StageState Forward(StageContext context, StageState input) =>
            new(PositionedEmbedding.Forward(context, _tokens, _positions, offset: 0));
    }

    private sealed class Block(
        ParameterSource parameters, string prefix, int width, int inner, int heads, UnaryOp activation, float scale, float epsilon, WeightLayout layout) : IStage
    {
        private readonly Norm _ln1 = new(parameters, $"{prefix}.ln_1", width, epsilon);
        private readonly LinearLayer _attention = parameters.Linear($"{prefix}.attn.c_attn", width, 3 * width, layout: layout);
        private readonly LinearLayer _attentionOut = parameters.Linear($"{prefix}.attn.c_proj", width, width, layout: layout);
        private readonly Norm _ln2 = new(parameters, $"{prefix}.ln_2", width, epsilon);
        private readonly LinearLayer _up = parameters.Linear($"{prefix}.mlp.c_fc", width, inner, layout: layout);
        private readonly LinearLayer _down = parameters.Linear($"{prefix}.mlp.c_proj", inner, width, layout: layout);

        public StageState Forward(StageContext context, StageState input)
        {
            Tape tape = context.Tape;
            Value x = input.RequireHidden();
            Value h = tape.Add(x, context.Linear(_attentionOut, Attend(context, context.Linear(_attention, _ln1.Forward(tape, x)))));
            Value up = tape.Unary(activation, context.Linear(_up, _ln2.Forward(tape, h)));
            return input with { Hidden = tape.Add(h, context.Linear(_down, up)) };
        }

        private Value Attend(StageContext context, Value qkv)
        {
            Tape tape = context.Tape;
            Value q = Attention.Split(tape, tape.Narrow(qkv, 2, 0, width), heads);
            Value k = Attention.Split(tape, tape.Narrow(qkv, 2, width, width), heads);
            Value v = Attention.Split(tape, tape.Narrow(qkv, 2, 2 * width, width), heads);
            return CausalAttention.Attend(context, prefix, q, k, v, scale);
        }
    }
}

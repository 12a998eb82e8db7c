using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// GPT-J (Wang and Komatsuzaki, 2021) as Hugging Face stores it: attention and MLP side by side on one norm, rotary positions on part
/// of each head in neighbouring pairs, a head of its own with a bias.
/// </summary>
internal sealed class GptJ : IModelFamily
{
    private const double Theta = 10000;

    public IReadOnlyList<string> ModelTypes { get; } = ["gptj"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        int width = config.Size("n_embd", 4096);
        int inner = config.Size("n_inner", 4 * width);
        int layers = config.Layers("n_layer", 28);
        int heads = config.Size("n_head", 16);
        int vocabulary = config.Size("vocab_size", 50400);
        int positions = config.Size("n_positions", config.Size("n_ctx", 2048));
        int rotary = config.Int("rotary_dim", 64);
        float epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        UnaryOp activation = Activations.Named(config, config.String("activation_function", "gelu_new"));
        bool tied = config.Tied("lm_head.weight", "transformer.wte.weight", false);
        config.Require("rotary", true, "its positions would be something else than rotary");
        config.Require("scale_attn_weights", true, "its attention would lack the factor 1/√size");
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");
        Heads.Check(config, width, heads, "n_embd", "n_head");
        if (rotary < 2 || rotary % 2 != 0 || rotary > width / heads)
        {
            throw new ModelException($"'{config.Source}' has rotary_dim = {rotary}; an even number up to the head size {width / heads} is wanted.");
        }

        RotaryTable turn = new(RotaryScheme.Fixed(RotaryFrequencies.Plain(rotary, Theta), positions), interleaved: true);
        List<StageSpec> stages =
        [
            new("embeddings", StageKind.Embedding, p => new TokenEmbeddingStage(p.Table("transformer.wte.weight", vocabulary, width), positions)),
        ];
        for (int i = 0; i < layers; i++)
        {
            string prefix = $"transformer.h.{i}";
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => new Block(p, prefix, width, inner, heads, turn, activation, epsilon)));
        }

        stages.Add(new StageSpec("final norm", StageKind.Norm, p => new NormStage(new Norm(p, "transformer.ln_f", width, epsilon))));
        stages.Add(new StageSpec("head", StageKind.Head, p => new HeadStage(
            p.Matrix(tied ? "transformer.wte.weight" : "lm_head.weight", width, vocabulary), p.Tensor("lm_head.bias", [vocabulary]))));

        return new ModelArchitecture
        {
            Family = "gptj",
            Task = ModelTask.Causal,
            Stages = stages,
            Width = width,
            Heads = heads,
            Vocabulary = vocabulary,
            MaxPositions = positions,
            DefaultEditedLayers = LastBlocks.Of(layers, 3, "transformer.h.{0}.mlp.fc_in.weight", "transformer.h.{0}.mlp.fc_out.weight"),
        };
    }

    private sealed class Block(
        ParameterSource parameters, string prefix, int width, int inner, int heads, RotaryTable turn, UnaryOp activation, float epsilon) : IStage
    {
        private readonly float _scale = 1f / MathF.Sqrt(width / heads);
        private readonly Norm _norm = new(parameters, $"{prefix}.ln_1", width, epsilon);
        private readonly LinearLayer _q = parameters.Linear($"{prefix}.attn.q_proj", width, width, bias: false);
        private readonly LinearLayer _k = parameters.Linear($"{prefix}.attn.k_proj", width, width, bias: false);
        private readonly LinearLayer _v = parameters.Linear($"{prefix}.attn.v_proj", width, width, bias: false);
        private readonly LinearLayer _out = parameters.Linear($"{prefix}.attn.out_proj", width, width, bias: false);
        private readonly LinearLayer _up = parameters.Linear($"{prefix}.mlp.fc_in", width, inner);
        private readonly LinearLayer _down = parameters.Linear($"{prefix}.mlp.fc_out", inner, width);

        public StageState Forward(StageContext context, StageState input)
        {
            Tape tape = context.Tape;
            Value x = input.RequireHidden();
            Value normed = _norm.Forward(tape, x);
            Value attended = context.Linear(_out, Attend(context, normed));
            Value mlp = context.Linear(_down, tape.Unary(activation, context.Linear(_up, normed)));
            return input with { Hidden = tape.Add(tape.Add(attended, mlp), x) };
        }

        private Value Attend(StageContext context, Value x)
        {
            Value Head(LinearLayer layer) => Attention.Split(context.Tape, context.Linear(layer, x), heads);
            return CausalAttention.Attend(context, prefix, turn.Forward(context, Head(_q)), turn.Forward(context, Head(_k)), Head(_v), _scale);
        }
    }
}

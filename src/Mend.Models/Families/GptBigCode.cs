using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// SantaCoder, StarCoder (Li et al., 2023) and the first Granite code models as Hugging Face stores them: GPT-2 with matrices [out, in] and,
/// mostly, one key head for all query heads.
/// </summary>
internal sealed class GptBigCode : IModelFamily
{
    private const string Tokens = "transformer.wte.weight";

    public IReadOnlyList<string> ModelTypes { get; } = ["gpt_bigcode"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        int width = config.Size("n_embd", 768);
        int inner = config.Size("n_inner", 4 * width);
        int layers = config.Layers("n_layer", 12);
        int heads = config.Size("n_head", 12);
        int vocabulary = config.Size("vocab_size", 50257);
        int positions = config.Size("n_positions", 1024);
        float epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        UnaryOp activation = Activations.Named(config, config.String("activation_function", "gelu_pytorch_tanh"));
        int keyHeads = config.Bool("multi_query", true) ? 1 : heads;
        bool scale = config.Bool("scale_attn_weights", true);
        bool tied = config.Tied("lm_head.weight", Tokens, true);
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");
        config.Require("add_cross_attention", false, "its blocks attend to an encoder");
        Heads.Check(config, width, heads, "n_embd", "n_head");

        // Kernels for float16 and buffers made beforehand; the mathematics is the same. The number of key heads follows from multi_query.
        config.Ignore(
            "attention_softmax_in_fp32", "scale_attention_softmax_in_fp32", "inference_runner", "validate_runner_input", "pre_allocate_kv_cache",
            "max_sequence_length", "max_batch_size", "pad_key_length", "num_key_value_heads");

        List<StageSpec> stages = [new("embeddings", StageKind.Embedding, p => new Embeddings(p, width, vocabulary, positions))];
        for (int i = 0; i < layers; i++)
        {
            string prefix = $"transformer.h.{i}";
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => new ResidualBlock
            {
                BeforeAttention = new Norm(p, $"{prefix}.ln_1", width, epsilon),
                Attention = new GroupedAttention(p, $"{prefix}.attn", "c_attn", "c_proj", width, heads, keyHeads, bias: true)
                {
                    Scale = scale ? 1f / MathF.Sqrt(width / heads) : 1f,
                },
                BeforeMlp = new Norm(p, $"{prefix}.ln_2", width, epsilon),
                Mlp = new PlainMlp(p, $"{prefix}.mlp.c_fc", $"{prefix}.mlp.c_proj", width, inner, activation),
            }));
        }

        stages.Add(new StageSpec("final norm", StageKind.Norm, p => new NormStage(new Norm(p, "transformer.ln_f", width, epsilon))));
        stages.Add(new StageSpec("head", StageKind.Head, p => new HeadStage(p.Matrix(tied ? Tokens : "lm_head.weight", width, vocabulary), null)));

        return new ModelArchitecture
        {
            Family = "gpt_bigcode",
            Task = ModelTask.Causal,
            Stages = stages,
            Width = width,
            Heads = heads,
            Vocabulary = vocabulary,
            MaxPositions = positions,
            DefaultEditedLayers = LastBlocks.Of(layers, 3, "transformer.h.{0}.mlp.c_fc.weight", "transformer.h.{0}.mlp.c_proj.weight"),
        };
    }

    private sealed class Embeddings(ParameterSource parameters, int width, int vocabulary, int positions) : IStage
    {
        private readonly Weight _tokens = parameters.Table(Tokens, vocabulary, width);
        private readonly Weight _positions = parameters.Table("transformer.wpe.weight", positions, width);

        public StageState Forward(StageContext context, StageState input) =>
            new(PositionedEmbedding.Forward(context, _tokens, _positions, offset: 0));
    }
}

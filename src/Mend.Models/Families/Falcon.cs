using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// Falcon 1 and 2 (Almazrouei et al., 2023) as Hugging Face stores them: attention and MLP side by side on one norm (7B, 11B) or on a norm
/// each (40B, 180B), or one after the other with linear biases for positions (RW); one matrix for queries, keys and values, by key head.
/// </summary>
internal sealed class Falcon : IModelFamily
{
    private const string Tokens = "transformer.word_embeddings.weight";

    public IReadOnlyList<string> ModelTypes { get; } = ["falcon"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        Layout layout = Layout.Read(config);
        int layers = config.Layers("num_hidden_layers", config.Layers("n_layer", 32));
        int vocabulary = config.Size("vocab_size", 65024);
        bool tied = config.Tied("lm_head.weight", Tokens, true);
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");
        config.Ignore("head_dim"); // always the width over the heads
        config.Require("apply_residual_connection_post_layernorm", false, "residual sums would start from the norms");

        List<StageSpec> stages =
        [
            new("embeddings", StageKind.Embedding, p => new TokenEmbeddingStage(p.Table(Tokens, vocabulary, layout.Width), layout.Rotary.Positions)),
        ];
        for (int i = 0; i < layers; i++)
        {
            string prefix = $"transformer.h.{i}";
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => Block(p, prefix, layout)));
        }

        stages.Add(new StageSpec("final norm", StageKind.Norm, p => new NormStage(new Norm(p, "transformer.ln_f", layout.Width, layout.Epsilon))));
        stages.Add(new StageSpec("head", StageKind.Head, p => new HeadStage(p.Matrix(tied ? Tokens : "lm_head.weight", layout.Width, vocabulary), null)));

        return new ModelArchitecture
        {
            Family = "falcon",
            Task = ModelTask.Causal,
            Stages = stages,
            Width = layout.Width,
            Heads = layout.Heads,
            Vocabulary = vocabulary,
            MaxPositions = layout.Rotary.Positions,
            CacheServes = layout.Alibi ? null : layout.Rotary.Serves,
            DefaultEditedLayers = LastBlocks.Of(
                layers, 3, "transformer.h.{0}.mlp.dense_h_to_4h.weight", "transformer.h.{0}.mlp.dense_4h_to_h.weight"),
        };
    }

    private static ResidualBlock Block(ParameterSource parameters, string prefix, Layout layout)
    {
        Norm Norm(string name) => new(parameters, $"{prefix}.{name}", layout.Width, layout.Epsilon);
        float scale = 1f / MathF.Sqrt(layout.Width / layout.Heads);
        return new ResidualBlock
        {
            BeforeAttention = Norm(layout.TwoNorms ? "ln_attn" : "input_layernorm"),
            Attention = new GroupedAttention(
                parameters, $"{prefix}.self_attention", "query_key_value", "dense", layout.Width, layout.Heads, layout.KeyHeads, layout.Bias, layout.Conventions)
            {
                Scale = scale,
                Turn = layout.Alibi ? null : layout.Turn,
                Positions = layout.Alibi ? (pass, past, length) => AlibiPositions.Scores(pass, layout.Heads, past + length, scale) : null,
            },
            BeforeMlp = layout.TwoNorms ? Norm("ln_mlp") : layout.SideBySide ? null : Norm("post_attention_layernorm"),
            Mlp = new PlainMlp(
                parameters, $"{prefix}.mlp.dense_h_to_4h", $"{prefix}.mlp.dense_4h_to_h", layout.Width, layout.Inner, layout.Activation, layout.Bias),
            SideBySide = layout.SideBySide,
        };
    }

    /// <summary>What the blocks share.</summary>
    private sealed record Layout
    {
        public required StorageConventions Conventions { get; init; }

        public required int Width { get; init; }

        public required int Inner { get; init; }

        public required int Heads { get; init; }

        public required int KeyHeads { get; init; }

        public required float Epsilon { get; init; }

        public required UnaryOp Activation { get; init; }

        public required RotaryScheme Rotary { get; init; }

        public required RotaryTable Turn { get; init; }

        public required bool Alibi { get; init; }

        public required bool Bias { get; init; }

        public required bool SideBySide { get; init; }

        public required bool TwoNorms { get; init; }

        public static Layout Read(ConfigReader config)
        {
            // The first files have the names of the model's own code.
            int width = config.Size("hidden_size", config.Size("n_embed", 4544));
            int heads = config.Size("num_attention_heads", config.Size("n_head", 71));
            Execution.Heads.Check(config, width, heads, "hidden_size", "num_attention_heads");
            bool newer = config.Bool("new_decoder_architecture", false);
            bool sideBySide = config.Bool("parallel_attn", true);
            if (newer && !sideBySide)
            {
                throw new ModelException($"'{config.Source}' sets new_decoder_architecture, whose attention and MLP work side by side, and parallel_attn to false; one of them is wrong.");
            }

            int norms = config.Int("num_ln_in_parallel_attn", newer ? 2 : 1);
            if (norms is not (1 or 2) || (norms == 2 && !newer))
            {
                throw new ModelException($"'{config.Source}' has num_ln_in_parallel_attn = {norms}; 1 is wanted, or 2 with new_decoder_architecture.");
            }

            RotaryScheme rotary = RotaryOptions.Read(config, new RotaryDefaults(width / heads, config.Size("max_position_embeddings", 2048)));
            return new Layout
            {
                Conventions = config.Conventions,
                Width = width,
                Inner = config.Size("ffn_hidden_size", config.Size("ff_factor", 4) * width),
                Heads = heads,
                KeyHeads = ReadKeyHeads(config, heads, newer),
                Epsilon = (float)config.Number("layer_norm_epsilon", 1e-5),
                Activation = Activations.Named(config, config.String("activation", "gelu")),
                Rotary = rotary,
                Turn = new RotaryTable(rotary, interleaved: false),
                Alibi = config.Bool("alibi", false),
                Bias = config.Bool("bias", false),
                SideBySide = sideBySide,
                TwoNorms = norms == 2,
            };
        }

        /// <summary>The older architecture has one key head, or as many as query heads, whatever their number is said to be.</summary>
        private static int ReadKeyHeads(ConfigReader config, int heads, bool newer)
        {
            int written = config.Size("num_kv_heads", config.Size("n_head_kv", heads));
            bool one = config.Bool("multi_query", true);
            if (!newer)
            {
                return one ? 1 : heads;
            }

            Execution.Heads.Check(config, heads, written, "num_attention_heads", "num_kv_heads");
            return written;
        }
    }
}

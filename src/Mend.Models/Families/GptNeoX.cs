using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// GPT-NeoX (Black et al., 2022) and Pythia (Biderman et al., 2023) as Hugging Face stores them: attention and MLP side by side, each on a
/// norm of its own, or one after the other; rotary positions on part of each head; one matrix for queries, keys and values, head by head.
/// </summary>
internal sealed class GptNeoX : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["gpt_neox"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        int width = config.Size("hidden_size", 6144);
        int inner = config.Size("intermediate_size", 24576);
        int layers = config.Layers("num_hidden_layers", 44);
        int heads = config.Size("num_attention_heads", 64);
        int vocabulary = config.Size("vocab_size", 50432);
        float epsilon = (float)config.Number("layer_norm_eps", 1e-5);
        UnaryOp activation = Activations.Named(config, config.String("hidden_act", "gelu"));
        bool sideBySide = config.Bool("use_parallel_residual", true);
        bool bias = config.Bool("attention_bias", true);
        bool tied = config.Tied("embed_out.weight", "gpt_neox.embed_in.weight", false);
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");
        Heads.Check(config, width, heads, "hidden_size", "num_attention_heads");
        RotaryScheme rotary = RotaryOptions.Read(config, new RotaryDefaults(width / heads, config.Size("max_position_embeddings", 2048))
        {
            Theta = config.Number("rotary_emb_base", 10000),
            Share = config.Number("rotary_pct", 0.25),
        });
        RotaryTable turn = new(rotary, interleaved: false);

        List<StageSpec> stages =
        [
            new("embeddings", StageKind.Embedding, p => new TokenEmbeddingStage(p.Table("gpt_neox.embed_in.weight", vocabulary, width), rotary.Positions)),
        ];
        for (int i = 0; i < layers; i++)
        {
            string prefix = $"gpt_neox.layers.{i}";
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => new ResidualBlock
            {
                BeforeAttention = new Norm(p, $"{prefix}.input_layernorm", width, epsilon),
                Attention = new GroupedAttention(p, $"{prefix}.attention", "query_key_value", "dense", width, heads, heads, bias, config.Conventions) { Turn = turn },
                BeforeMlp = new Norm(p, $"{prefix}.post_attention_layernorm", width, epsilon),
                Mlp = new PlainMlp(p, $"{prefix}.mlp.dense_h_to_4h", $"{prefix}.mlp.dense_4h_to_h", width, inner, activation),
                SideBySide = sideBySide,
            }));
        }

        stages.Add(new StageSpec("final norm", StageKind.Norm, p => new NormStage(new Norm(p, "gpt_neox.final_layer_norm", width, epsilon))));
        stages.Add(new StageSpec("head", StageKind.Head, p => new HeadStage(
            p.Matrix(tied ? "gpt_neox.embed_in.weight" : "embed_out.weight", width, vocabulary), null)));

        return new ModelArchitecture
        {
            Family = "gpt_neox",
            Task = ModelTask.Causal,
            Stages = stages,
            Width = width,
            Heads = heads,
            Vocabulary = vocabulary,
            MaxPositions = rotary.Positions,
            CacheServes = rotary.Serves,
            DefaultEditedLayers = LastBlocks.Of(
                layers, 3, "gpt_neox.layers.{0}.mlp.dense_h_to_4h.weight", "gpt_neox.layers.{0}.mlp.dense_4h_to_h.weight"),
        };
    }
}

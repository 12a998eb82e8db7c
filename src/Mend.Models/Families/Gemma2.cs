using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>
/// Gemma 2 (Riviere et al., 2024) as Hugging Face stores it: norms around each part whose gains are stored from 1, scaled embeddings, soft
/// limits on scores and logits, and a window in every other layer.
/// </summary>
internal sealed class Gemma2 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["gemma2"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = Read(config, new LlamaDefaults(Vocabulary: 256000, Inner: 9216, Positions: 8192, KeyHeads: 4, HeadSize: 256)
        {
            Width = 2304,
            Layers = 26,
            Heads = 8,
        });
        int? window = SlidingWindow.Size(config, 4096);
        config.Ignore("sliding_window_size"); // the same number under an older name
        return (layout with
        {
            Window = SlidingWindow.Read(config, window, layout.Layers, slides: layer => layer % 2 == 0),
            ScoreCap = config.PositiveOrNull("attn_logit_softcapping", 50),
            LogitCap = config.PositiveOrNull("final_logit_softcapping", 30),
        }).Describe();
    }

    /// <summary>Reads what Gemma 2 and 3 have in common.</summary>
    internal static LlamaLayout Read(ConfigReader config, LlamaDefaults defaults)
    {
        // hidden_act is what the first Gemma had it called; files carry it on, and nothing reads it.
        config.Ignore("hidden_act");
        LlamaLayout layout = LlamaLayout.Read(config, defaults with { ActivationOption = "hidden_activation", Activation = "gelu_pytorch_tanh", Tied = true });
        bool bias = config.Bool("attention_bias", false);
        return layout with
        {
            Norms = NormKind.RmsAroundOne,
            BlockNorms = BlockNorms.Around,
            QueryBias = bias,
            OutputBias = bias,
            EmbeddingScale = MathF.Sqrt(layout.Width),
            ScoreScale = 1f / MathF.Sqrt((float)config.Positive("query_pre_attn_scalar", 256)),
        };
    }
}

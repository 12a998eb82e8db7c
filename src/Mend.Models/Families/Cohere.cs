using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>
/// Command R and R+ and Aya (Cohere, 2024) as Hugging Face stores them: attention and MLP side by side on one norm without bias, rotary
/// positions in neighbouring pairs, scaled logits; R+ has norms on query and key heads.
/// </summary>
internal sealed class Cohere : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["cohere"];

    public ModelArchitecture Describe(ConfigReader config) => Read(
        config,
        new LlamaDefaults(Vocabulary: 256000, Inner: 22528, Positions: config.Size("model_max_length", 8192)) { Width = 8192, Layers = 40, Heads = 64, Theta = 5e5 },
        headNorms: config.Bool("use_qk_norm", false)).Describe();

    /// <summary>Reads what all of Cohere's models have in common.</summary>
    internal static LlamaLayout Read(ConfigReader config, LlamaDefaults defaults, bool headNorms)
    {
        LlamaLayout layout = LlamaLayout.Read(
            config, defaults with { EpsilonOption = "layer_norm_eps", Epsilon = 1e-5, Tied = true, Interleaved = true });
        bool bias = config.Bool("attention_bias", false);
        return layout with
        {
            Norms = NormKind.LayerWithoutBias,
            BlockNorms = BlockNorms.Once,
            SideBySide = true,
            HeadNorm = headNorms ? HeadNorms.Table : null,
            QueryBias = bias,
            OutputBias = bias,
            LogitScale = (float)config.Number("logit_scale", 0.0625),
        };
    }
}

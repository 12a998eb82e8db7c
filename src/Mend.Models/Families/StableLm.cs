using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>
/// StableLM 3B and StableLM 2 (Bellagente et al., 2024) as Hugging Face stores them: Llama with layer norms and rotary positions on part of
/// each head; the 12B has attention and MLP side by side and norms on query and key heads.
/// </summary>
internal sealed class StableLm : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["stablelm"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(config, new LlamaDefaults(Vocabulary: 50304, Inner: 6912, Positions: 4096, KeyHeads: 32)
        {
            Width = 2560,
            EpsilonOption = "layer_norm_eps",
            Epsilon = 1e-5,
            Rotary = (reader, defaults) => RotaryOptions.Read(reader, defaults with { Share = reader.Number("rope_pct", 0.25) }),
        });
        bool sideBySide = config.Bool("use_parallel_residual", false);
        return (layout with
        {
            Norms = NormKind.Layer,
            BlockNorms = sideBySide ? BlockNorms.Once : BlockNorms.Before,
            SideBySide = sideBySide,
            QueryBias = config.Bool("use_qkv_bias", false),
            HeadNorm = config.Bool("qk_layernorm", false) ? HeadNorms.List : null,
        }).Describe();
    }
}

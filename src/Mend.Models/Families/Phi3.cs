using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>
/// Phi-3, 3.5 and 4, the mini and medium ones (Abdin et al., 2024), as Hugging Face stores them: Llama with queries, keys and values in one
/// matrix, gate and up in another, rotary positions on part of each head, and LongRoPE.
/// </summary>
internal sealed class Phi3 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["phi3"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(config, new LlamaDefaults(Vocabulary: 32064, Inner: 8192, Positions: 4096)
        {
            Width = 3072,
            Epsilon = 1e-5,
            Rotary = (reader, defaults) => RotaryOptions.Read(reader, defaults with
            {
                Share = 1,
                Original = 4096,
                Names = new Dictionary<string, string> { ["su"] = "longrope", ["yarn"] = "longrope" }, // as the first files have it
            }),
        });

        // Of Phi-4 mini's own code.
        config.RequireNumber("full_attn_mod", 1, "some layers would have a window of their own");
        config.RequireNumber("interpolate_factor", 1, "positions would be shrunk");
        int? window = SlidingWindow.Size(config, null);
        return (layout with { Fused = true, Mlp = MlpStyle.Fused, Window = _ => window }).Describe();
    }
}

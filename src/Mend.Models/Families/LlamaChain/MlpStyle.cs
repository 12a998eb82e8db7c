using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>How a family's MLPs are stored.</summary>
/// <param name="Matrices">Names of the matrices under "model.layers.3.mlp", in the order in which they are edited by default.</param>
/// <param name="Load">Loads the MLP under a name.</param>
internal sealed record MlpStyle(IReadOnlyList<string> Matrices, Func<ParameterSource, string, LlamaLayout, ISublayer> Load)
{
    /// <summary>Gate, up and down (Llama).</summary>
    public static MlpStyle Gated { get; } = new(
        ["gate_proj", "up_proj", "down_proj"],
        (parameters, prefix, layout) => new GatedMlp(parameters, prefix, layout.Width, layout.Inner, layout.Activation, layout.MlpBias));

    /// <summary>Gate and up in one matrix (Phi-3).</summary>
    public static MlpStyle Fused { get; } = new(
        ["gate_up_proj", "down_proj"],
        (parameters, prefix, layout) => new FusedGatedMlp(parameters, prefix, layout.Width, layout.Inner, layout.Activation, layout.MlpBias));

    /// <summary>No gate (StarCoder2).</summary>
    public static MlpStyle Plain { get; } = new(
        ["c_fc", "c_proj"],
        (parameters, prefix, layout) => new PlainMlp(
            parameters, $"{prefix}.c_fc", $"{prefix}.c_proj", layout.Width, layout.Inner, layout.Activation, layout.MlpBias));
}

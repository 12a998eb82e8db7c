using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>One transformer layer of Llama, Mistral or Qwen, or of a family that shares their chain.</summary>
internal sealed class LlamaBlock : IStage
{
    private readonly RmsNorm _attentionNorm;
    private readonly ISublayer _attention;
    private readonly RmsNorm _mlpNorm;
    private readonly ISublayer _mlp;

    /// <summary>Loads the layer.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3".</param>
    /// <param name="layout">The model.</param>
    /// <param name="layer">The layer's number.</param>
    public LlamaBlock(ParameterSource parameters, string prefix, LlamaLayout layout, int layer)
    {
        _attentionNorm = new RmsNorm(parameters, $"{prefix}.input_layernorm", layout.Width, layout.Epsilon);
        _attention = layout.OtherAttention?.Invoke(parameters, prefix) ?? new LlamaAttention(parameters, prefix, layout, layout.Window(layer));
        _mlpNorm = new RmsNorm(parameters, $"{prefix}.post_attention_layernorm", layout.Width, layout.Epsilon);
        _mlp = layout.Mixtures is { } mixtures && mixtures.Holds(layer)
            ? mixtures.Build(parameters, prefix, layout.Width, layout.Activation)
            : new GatedMlp(parameters, $"{prefix}.mlp", layout.Width, layout.Inner, layout.Activation, layout.MlpBias);
    }

    /// <inheritdoc/>
    public StageState Forward(StageContext context, StageState input)
    {
        Tape tape = context.Tape;
        Value x = input.RequireHidden();
        Value h = tape.Add(x, _attention.Forward(context, _attentionNorm.Forward(tape, x)));
        return input with { Hidden = tape.Add(h, _mlp.Forward(context, _mlpNorm.Forward(tape, h))) };
    }
}

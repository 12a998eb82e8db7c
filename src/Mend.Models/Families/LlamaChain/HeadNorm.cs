using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>Makes the norm of an attention's queries or keys, [batch, sequence, heads, size].</summary>
/// <param name="parameters">Where from.</param>
/// <param name="prefix">"model.layers.3.self_attn.q".</param>
/// <param name="heads">Number of heads.</param>
/// <param name="layout">The model.</param>
internal delegate IRowNorm HeadNorm(ParameterSource parameters, string prefix, int heads, LlamaLayout layout);

/// <summary>The norms of queries and keys that families have.</summary>
internal static class HeadNorms
{
    /// <summary>Every head alike: one gain of a head's size (Qwen 3, Gemma 3).</summary>
    public static IRowNorm Shared(ParameterSource parameters, string prefix, int heads, LlamaLayout layout) =>
        RowNorm.Load(layout.Norms, parameters, $"{prefix}_norm", layout.HeadSize, layout.Epsilon);

    /// <summary>All heads together as one row (OLMo 2).</summary>
    public static IRowNorm Whole(ParameterSource parameters, string prefix, int heads, LlamaLayout layout) =>
        new AcrossHeads(RowNorm.Load(layout.Norms, parameters, $"{prefix}_norm", heads * layout.HeadSize, layout.Epsilon));

    /// <summary>Layer norm of each head, with gains of its own in one table (Cohere).</summary>
    public static IRowNorm Table(ParameterSource parameters, string prefix, int heads, LlamaLayout layout) =>
        new OwnGains(parameters, parameters.Tensor($"{prefix}_norm.weight", [heads, layout.HeadSize]), layout);

    /// <summary>Layer norm of each head, with gains of its own in a tensor per head (StableLM).</summary>
    public static IRowNorm List(ParameterSource parameters, string prefix, int heads, LlamaLayout layout)
    {
        int size = layout.HeadSize;
        Tensor[] gains = [.. Enumerable.Range(0, heads).Select(head => parameters.Tensor($"{prefix}_layernorm.norms.{head}.weight", [size]))];
        Tensor table = parameters.Made([heads, size], engine =>
        {
            using Tensor joined = engine.Concat(gains, 0);
            return engine.Reshape(joined, [heads, size]);
        });
        return new OwnGains(parameters, table, layout);
    }

    private sealed class AcrossHeads(IRowNorm norm) : IRowNorm
    {
        public Value Forward(Tape tape, Value x)
        {
            Shape row = [x.Shape[0], x.Shape[1], x.Shape[2] * x.Shape[3]];
            return tape.Reshape(norm.Forward(tape, tape.Reshape(x, row)), x.Shape);
        }
    }

    private sealed class OwnGains(ParameterSource parameters, Tensor gains, LlamaLayout layout) : IRowNorm
    {
        private readonly Tensor _ones = parameters.Ones([layout.HeadSize]);

        public Value Forward(Tape tape, Value x) => tape.Multiply(tape.LayerNorm(x, _ones, null, layout.Epsilon), tape.Constant(gains));
    }
}

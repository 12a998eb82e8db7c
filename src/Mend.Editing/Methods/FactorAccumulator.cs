namespace Mend.Editing;

/// <summary>
/// Sums gradient steps of one edited layer as factors: a step adds its rows of u and δ. Where a row's u is, bit for bit, what
/// it was at the step before (nothing below the layer is edited), only its δ is added: Σ_s δ_s uᵀ = (Σ_s δ_s) uᵀ, so the rank
/// stays and the edit is the same. One thread at a time.
/// </summary>
internal sealed class FactorAccumulator
{
    private readonly string _layer;
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly List<float[]> _u = [];
    private readonly List<float[]> _delta = [];
    private readonly Dictionary<int, int> _latest = [];

    /// <summary>Starts with no change at all.</summary>
    /// <param name="layer">The edited parameter's full name.</param>
    /// <param name="inputs">Size of u.</param>
    /// <param name="outputs">Size of δ.</param>
    public FactorAccumulator(string layer, int inputs, int outputs) => (_layer, _inputs, _outputs) = (layer, inputs, outputs);

    /// <summary>Adds one step's gradient.</summary>
    /// <param name="step">u and δ of the step; rows of every step count in the same batch.</param>
    public void Add(LayerSignals step)
    {
        for (int i = 0; i < step.Rows; i++)
        {
            ReadOnlySpan<float> u = step.U.AsSpan(i * _inputs, _inputs);
            ReadOnlySpan<float> delta = step.Delta.AsSpan(i * _outputs, _outputs);
            if (_latest.TryGetValue(step.KeptRows[i], out int at) && u.SequenceEqual(_u[at]))
            {
                AddTo(_delta[at], delta);
                continue;
            }

            _latest[step.KeptRows[i]] = _u.Count;
            _u.Add(u.ToArray());
            _delta.Add(delta.ToArray());
        }
    }

    /// <summary>The change so far: ΔW = −rate Σ δ uᵀ.</summary>
    /// <param name="rate">Size of the gradient steps.</param>
    public EditFactors Factors(float rate) =>
        new(_layer, _u.Count, _inputs, _outputs, [.. _u.SelectMany(row => row)], [.. _delta.SelectMany(row => row)], -rate);

    private static void AddTo(float[] sum, ReadOnlySpan<float> addend)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += addend[i];
        }
    }
}

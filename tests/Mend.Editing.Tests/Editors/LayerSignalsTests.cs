namespace Mend.Editing.Tests.Editors;

public sealed class LayerSignalsTests
{
    /// <summary>Two batch rows of three positions; u is zero at (0, 2), δ at (0, 0) and (1, 1).</summary>
    private static readonly HostTensor U = new([2, 3, 2], [1, 2, 3, 0, 0, 0, 7, 8, 9, 10, 0, 12]);

    private static readonly HostTensor Delta = new([2, 3, 1], [0, 2, 3, 4, 0, 6]);

    [Fact]
    public void Keep_RowsWithAZeroFactor_AreDropped()
    {
        LayerSignals signals = LayerSignals.Keep("w", U, Delta, 0, 2);

        Assert.Equal([1, 3, 5], signals.KeptRows);
        Assert.Equal(3, signals.Rows);
        Assert.Equal([3f, 0f, 7f, 8f, 0f, 12f], signals.U);
        Assert.Equal([2f, 4f, 6f], signals.Delta);
        Assert.Equal(("w", 2, 1, 36L), (signals.Layer, signals.Inputs, signals.Outputs, signals.ByteLength));
    }

    [Fact]
    public void Keep_OneBatchRow_CountsRowsFromItsStart()
    {
        LayerSignals signals = LayerSignals.Keep("w", U, Delta, 1, 1);

        Assert.Equal([0, 2], signals.KeptRows);
        Assert.Equal([7f, 8f, 0f, 12f], signals.U);
        Assert.Equal([4f, 6f], signals.Delta);
    }

    [Fact]
    public void Keep_RowsThatMayNotSpeak_AreDroppedToo()
    {
        LayerSignals signals = LayerSignals.Keep("w", U, Delta, 1, 1, row => row is 1 or 2);

        Assert.Equal([2], signals.KeptRows);
        Assert.Equal([0f, 12f], signals.U);
    }

    [Fact]
    public void Keep_NothingToSay_IsEmpty()
    {
        LayerSignals signals = LayerSignals.Keep("w", U, new HostTensor([2, 3, 1], new float[6]), 0, 2);

        Assert.Equal(0, signals.Rows);
        Assert.Empty(signals.U);
        Assert.Empty(signals.Delta);
    }

    [Fact]
    public void Keep_TinyAndNegativeValues_AreSaid()
    {
        LayerSignals signals = LayerSignals.Keep("w", new HostTensor([1, 1, 1], [-0f - 1e-40f]), new HostTensor([1, 1, 1], [float.NaN]), 0, 1);

        Assert.Equal(1, signals.Rows);
    }

    /// <summary>Σ δ uᵀ over the kept rows is the gradient over all rows.</summary>
    [Fact]
    public void Keep_RandomRows_LosesNothingOfTheGradient()
    {
        (int inputs, int outputs, int rows) = (4, 3, 12);
        float[] u = Values.Random(rows * inputs, 1);
        float[] delta = Values.Random(rows * outputs, 2);
        foreach (int row in new[] { 0, 5, 11 })
        {
            u.AsSpan(row * inputs, inputs).Clear();
        }

        delta.AsSpan(3 * outputs, 2 * outputs).Clear();

        LayerSignals signals = LayerSignals.Keep("w", new HostTensor([3, 4, inputs], u), new HostTensor([3, 4, outputs], delta), 0, 3);

        Assert.Equal([1, 2, 6, 7, 8, 9, 10], signals.KeptRows);
        Assert.Equal(Gradient(u, delta, rows), Gradient(signals.U, signals.Delta, signals.Rows));

        double[] Gradient(float[] left, float[] right, int count) => [.. Enumerable.Range(0, inputs * outputs).Select(at =>
            Enumerable.Range(0, count).Sum(r => (double)left[(r * inputs) + (at / outputs)] * right[(r * outputs) + (at % outputs)]))];
    }
}

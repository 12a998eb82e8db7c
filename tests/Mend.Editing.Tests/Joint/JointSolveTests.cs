using CsCheck;

namespace Mend.Editing.Tests.Joint;

public sealed class JointSolveTests
{
    private const int Inputs = 24;
    private const int Outputs = 9;
    private const string Layer = "h.3.mlp";

    private static readonly double[] Moment = DenseMath.PositiveDefinite(Inputs, seed: 31);
    private static readonly InputMetric Metric = InputMetric.Of([.. Moment], Inputs, 0.01f);

    /// <summary>M, with its ridge.</summary>
    private static double[] M
    {
        get
        {
            double trace = Enumerable.Range(0, Inputs).Sum(i => Moment[(i * Inputs) + i]);
            return [.. Moment.Select((v, i) => v + (i % (Inputs + 1) == 0 ? 0.01f * trace / Inputs : 0))];
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(40, 1)]
    [InlineData(30, 3)]
    public void Resolve_AnyEdits_IsTheRidgeSolution(int count, int rows)
    {
        EditFactors[] edits = [.. Enumerable.Range(0, count).Select(i => Edit(i, rows))];

        EditFactors change = Assert.Single(JointSolve.Resolve(edits));

        int n = count * rows;
        double[] keys = [.. edits.SelectMany(e => DenseMath.Wide(e.Joint!.Keys))], shifts = [.. edits.SelectMany(e => DenseMath.Wide(e.Delta))];
        double[] normal = [.. M.Zip(DenseMath.Multiply(DenseMath.Transpose(keys, n, Inputs), keys, Inputs, n, Inputs), (m, k) => m + k)];
        double[] inverse = DenseMath.Solve(normal, Inputs, DenseMath.Multiply(DenseMath.Transpose(keys, n, Inputs), shifts, Inputs, n, Outputs), Outputs);
        Assert.Null(change.Joint);
        Assert.Equal((Layer, n), (change.Layer, change.Rank));
        Values.AssertClose(DenseMath.Transpose(inverse, Inputs, Outputs), Dense(change), 2e-5, 2e-4);
    }

    /// <summary>Keys that lie in directions of no cost get just what they ask for.</summary>
    /// <summary>What stands before a contribution is part of what it gets; what stands behind it comes on top.</summary>
    [Fact]
    public void Resolve_ContributionBehindAChange_AsksForTheRest()
    {
        InputMetric cheap = InputMetric.Of([.. Moment.Select(v => v * 1e-6)], Inputs, 0.01f);
        EditFactors edit = Edit(1, 2, cheap);
        EditFactors standing = new(Layer, 3, Inputs, Outputs, Values.Random(3 * Inputs, 7), Values.Random(3 * Outputs, 8), 0.5f);
        double[] Got(params EditFactors[] factors) => DenseMath.Multiply(
            DenseMath.Wide(edit.Joint!.Keys), DenseMath.Transpose([.. JointSolve.Resolve(factors).Select(c => DenseMath.Wide(Dense(c))).Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)])], Outputs, Inputs), 2, Inputs, Outputs);

        double[] on = DenseMath.Multiply(DenseMath.Wide(edit.Joint!.Keys), DenseMath.Transpose(DenseMath.Wide(Dense(standing)), Outputs, Inputs), 2, Inputs, Outputs);

        Values.AssertClose(Got(standing, edit), edit.Delta, 2e-3, 2e-3);
        Values.AssertClose(Got(edit, standing), [.. edit.Delta.Zip(on, (r, o) => (float)(r + o))], 2e-3, 2e-3);
    }

    [Fact]
    public void Resolve_FewEditsWhereInputsAreCheap_AnswersEach()
    {
        InputMetric cheap = InputMetric.Of([.. Moment.Select(v => v * 1e-6)], Inputs, 0.01f);
        EditFactors[] edits = [.. Enumerable.Range(0, 5).Select(i => Edit(i, 1, cheap))];

        EditFactors change = Assert.Single(JointSolve.Resolve(edits));

        foreach (EditFactors edit in edits)
        {
            double[] got = DenseMath.Multiply(DenseMath.Wide(edit.Joint!.Keys), DenseMath.Transpose(DenseMath.Wide(Dense(change)), Outputs, Inputs), 1, Inputs, Outputs);
            Values.AssertClose(got, edit.Delta, 1e-3, 1e-3);
        }
    }

    [Fact]
    public void Resolve_AnyOrder_GivesTheSameBits()
    {
        EditFactors[] edits = [.. Enumerable.Range(0, 17).SelectMany(i => new[] { Edit(i, 1 + (i % 3)), Edit(i, 1, layer: "h.1.mlp") })];
        float[] expected = Bits(edits);

        Gen.Shuffle(edits).Hold(30, seed: 11, shuffled => Assert.Equal(expected, Bits(shuffled)));
    }

    /// <summary>What is live decides, not what was: some of the edits, and others between them that are left out.</summary>
    [Fact]
    public void Resolve_EditsLeftOut_GivesTheBitsOfNeverHavingHadThem()
    {
        EditFactors[] edits = [.. Enumerable.Range(0, 12).Select(i => Edit(i, 2))];
        float[] never = Bits(edits[..5]);
        Assert.NotEqual(never, Bits(edits));

        Assert.Equal(never, Bits([.. edits.Where(e => Array.IndexOf(edits, e) < 5).Reverse()]));
    }

    [Fact]
    public void Resolve_SubjectTwice_TheNewestCounts()
    {
        EditFactors old = Edit(3, 2), other = Edit(4, 1);
        EditFactors renewed = new(Layer, 1, Inputs, Outputs, Edit(9, 1).U, Edit(9, 1).Delta, 1, Edit(9, 1).Joint! with { Subject = old.Joint!.Subject });

        Assert.Equal(Bits([renewed, other]), Bits([old, other, renewed]));
        Assert.Equal(Bits([old, other]), Bits([renewed, other, old]));
        Assert.NotEqual(Bits([old, other]), Bits([renewed, other]));
    }

    [Fact]
    public void Resolve_TwoMetrics_AreSolvedApart()
    {
        InputMetric second = InputMetric.Of(DenseMath.PositiveDefinite(Inputs, seed: 32), Inputs, 0.01f);
        EditFactors[] ones = [Edit(0, 1), Edit(1, 2)], twos = [Edit(2, 1, second), Edit(0, 1, second)];

        IReadOnlyList<EditFactors> changes = JointSolve.Resolve([ones[0], twos[0], ones[1], twos[1]]);

        Assert.Equal(2, changes.Count);
        float[][] apart = [.. new[] { JointSolve.Resolve(ones)[0].Delta, JointSolve.Resolve(twos)[0].Delta }.OrderBy(d => d.Length)];
        Assert.Equal(apart, changes.Select(c => c.Delta).OrderBy(d => d.Length));
    }

    [Fact]
    public void Resolve_ChangesThatStand_KeepTheirPlace()
    {
        EditFactors one = new(Layer, 1, Inputs, Outputs, new float[Inputs], new float[Outputs], 0.5f), two = new("h.0.mlp", 1, Inputs, Outputs, new float[Inputs], new float[Outputs], 1);

        IReadOnlyList<EditFactors> changes = JointSolve.Resolve([one, Edit(0, 1), two, Edit(1, 1)]);

        Assert.Equal(3, changes.Count);
        Assert.Same(one, changes[0]);
        Assert.Same(two, changes[1]);
        Assert.Equal(JointSolve.Resolve([Edit(0, 1), Edit(1, 1)])[0].Delta, changes[2].Delta);
        IReadOnlyList<EditFactors> standing = [one, two];
        Assert.Equal(standing, JointSolve.Resolve(standing));
    }

    [Fact]
    public void Resolve_NoRows_IsNoChange() =>
        Assert.Empty(JointSolve.Resolve([new EditFactors(Layer, 0, Inputs, Outputs, [], [], 1, new JointTerm([], "m", "s"))]));

    [Fact]
    public void Resolve_OtherSizes_AreRefused()
    {
        EditFactors other = new(Layer, 1, 2, 3, new float[2], new float[3], 1, new JointTerm(new float[2], Metric.Name, "other"));

        Assert.Contains(Layer, Assert.Throws<Mend.Tensors.ShapeException>(() => JointSolve.Resolve([Edit(0, 1), other])).Message, StringComparison.Ordinal);
    }

    /// <summary>An edit made up from its number.</summary>
    private static EditFactors Edit(int number, int rows, InputMetric? metric = null, string layer = Layer)
    {
        metric ??= Metric;
        float[] keys = Values.Random((long)rows * Inputs, 700 + number);
        return new EditFactors(
            layer, rows, Inputs, Outputs, metric.Times(keys), Values.Random((long)rows * Outputs, 800 + number), 1, new JointTerm(keys, metric.Name, $"subject {number * 37 % 101}"));
    }

    private static float[] Bits(IReadOnlyList<EditFactors> edits) => [.. JointSolve.Resolve(edits).SelectMany(c => c.U.Concat(c.Delta).Append(c.Step))];

    /// <summary>ΔW, row-major [out, in].</summary>
    private static float[] Dense(EditFactors change) =>
        [.. DenseMath.Multiply(DenseMath.Transpose(DenseMath.Wide(change.Delta), change.Rank, Outputs), DenseMath.Wide(change.U), Outputs, change.Rank, Inputs).Select(v => (float)(v * change.Step))];
}

using Mend.Models.Execution;
using Mend.Models.Tests.Families.Naive;
using Mend.Tensors;

namespace Mend.Models.Tests.Families;

/// <summary>Compares a chain with random weights with a naive float64 computation, forward and backward.</summary>
internal static class ChainComparison
{
    private static readonly int[] Text = [3, 14, 15, 9, 26, 5, 30, 8];
    private static readonly int[] Shorter = [2, 7, 18, 28, 1];

    /// <summary>Logits of a padded batch are those of each text by itself.</summary>
    public static void Forward(string name, SyntheticCheckpoint checkpoint, INaiveModel naive)
    {
        using Tape tape = new(checkpoint.Engine, recording: false);
        using PassContext pass = new(checkpoint.Engine, ModelBatch.Pad([Text, Shorter]));
        StageState state = default;
        foreach (IStage stage in checkpoint.Stages)
        {
            state = stage.Forward(new StageContext(pass, tape), state);
        }

        float[] actual = Host(checkpoint, state.RequireHidden().Data);
        int vocabulary = state.RequireHidden().Shape.Last;
        foreach ((int[] text, int row) in new[] { (Text, 0), (Shorter, Text.Length) })
        {
            double[] expected = [.. naive.Logits([.. text.Select(naive.Entering)]).SelectMany(r => r)];
            Near(expected, actual.AsSpan(row * vocabulary, expected.Length), 2e-6, name);
        }
    }

    /// <summary>The gradient from the logits to the embeddings is the derivative along random directions.</summary>
    public static void Backward(string name, SyntheticCheckpoint checkpoint, INaiveModel naive)
    {
        Random random = new(5);
        double[][] x = [.. Text.Select(naive.Entering)];
        float[] seed = [.. Enumerable.Range(0, Text.Length * checkpoint.Model.Architecture.Vocabulary).Select(_ => (float)(random.NextDouble() - 0.5))];

        float[] gradient = Gradient(checkpoint, [.. x.SelectMany(r => r).Select(v => (float)v)], seed);

        for (int direction = 0; direction < 5; direction++)
        {
            double[][] d = [.. x.Select(row => row.Select(_ => random.NextDouble() - 0.5).ToArray())];
            double Loss(double step) => naive.Logits([.. x.Zip(d, (r, e) => r.Zip(e, (a, b) => a + (step * b)).ToArray())])
                .SelectMany(r => r).Zip(seed, (logit, weight) => logit * weight).Sum();
            double expected = (Loss(1e-4) - Loss(-1e-4)) / 2e-4;
            double actual = gradient.Zip(d.SelectMany(r => r), (a, b) => a * b).Sum();
            Assert.True(Math.Abs(actual - expected) < 2e-5 * gradient.Max(Math.Abs), $"{name}, direction {direction}: {actual} for {expected}");
        }
    }

    private static float[] Gradient(SyntheticCheckpoint checkpoint, float[] embeddings, float[] seed)
    {
        using Tape tape = new(checkpoint.Engine, recording: true);
        using PassContext pass = new(checkpoint.Engine, new ModelBatch(1, Text));
        using Tensor hidden = checkpoint.Engine.FromHost(embeddings, [1, Text.Length, checkpoint.Model.Architecture.Width]);
        Value leaf = tape.Leaf(hidden);
        StageState state = new(leaf);
        foreach (IStage stage in checkpoint.Stages.Skip(1))
        {
            state = stage.Forward(new StageContext(pass, tape), state);
        }

        using Tensor start = checkpoint.Engine.FromHost(seed, state.RequireHidden().Shape);
        tape.Seed(state.RequireHidden(), start);
        tape.Backward();
        using Tensor gradient = tape.TakeGradient(leaf)!;
        return Host(checkpoint, gradient);
    }

    private static float[] Host(SyntheticCheckpoint checkpoint, Tensor tensor)
    {
        float[] data = new float[tensor.Shape.Length];
        checkpoint.Engine.ToHost(tensor, data);
        return data;
    }

    private static void Near(double[] expected, ReadOnlySpan<float> actual, double tolerance, string name)
    {
        double scale = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"{name}, logit {i}: {actual[i]} for {expected[i]}");
        }
    }
}

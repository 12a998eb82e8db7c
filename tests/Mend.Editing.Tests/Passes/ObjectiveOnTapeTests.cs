using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Editing.Tests.Passes;

/// <summary>NLL and KL against their formulas in float64, and their gradients against difference quotients of those.</summary>
public sealed class ObjectiveOnTapeTests : IDisposable
{
    private const int Width = 7;

    private static readonly float[] Logits = Values.Random(4 * Width, 1, 2);

    /// <summary>Log-probabilities to be held to, of two rows.</summary>
    private static readonly float[] Reference = [.. LogSoftmax(Wide(Values.Random(2 * Width, 2))).Select(v => (float)v)];

    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });

    public static TheoryData<string> Names => [.. Objectives.Keys];

    private static Dictionary<string, Objective> Objectives { get; } = new()
    {
        ["likelihood, mean"] = new Objective { LikelihoodRows = [0, 1, 2, 3], LikelihoodTokens = [3, 0, 6, 3] },
        ["likelihood, weighted"] = new Objective { LikelihoodRows = [0, 1, 2, 3], LikelihoodTokens = [3, 0, 6, 3], LikelihoodWeights = [0.5f, 2f, 0f, 1f] },
        ["divergence, mean"] = new Objective { DivergenceRows = [0, 1], Reference = Reference },
        ["divergence, weighted"] = new Objective { DivergenceRows = [0, 1], Reference = Reference, DivergenceWeights = [3f, 0.25f] },
        ["both"] = new Objective
        {
            LikelihoodRows = [5, 9],
            LikelihoodTokens = [1, 1],
            DivergenceRows = [2, 4],
            Reference = Reference,
            DivergenceWeights = [1f, 2f],
        },
    };

    public void Dispose()
    {
        Assert.Equal(0, _engine.LiveTensors);
        _engine.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_Objective_IsTheFormula(string name)
    {
        Objective objective = Objectives[name];
        float[] logits = Rows(objective);

        (PassResult result, _) = Run(logits, objective);

        (double likelihood, double divergence) = Formula(Wide(logits), objective);
        Assert.Equal(likelihood, result.Likelihood, 1e-5);
        Assert.Equal(divergence, result.Divergence, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_Objective_SeedsItsGradient(string name)
    {
        Objective objective = Objectives[name];
        float[] logits = Rows(objective);

        (_, float[] gradient) = Run(logits, objective);

        const double Step = 1e-5;
        double[] expected = [.. logits.Select((_, i) => (Loss(i, Step) - Loss(i, -Step)) / (2 * Step))];
        Values.AssertClose(expected, gradient, 2e-6, 1e-4, name);

        double Loss(int at, double move)
        {
            double[] moved = Wide(logits);
            moved[at] += move;
            (double likelihood, double divergence) = Formula(moved, objective);
            return likelihood + divergence;
        }
    }

    [Fact]
    public void Evaluate_Likelihood_TellsProbabilitiesAndPredictionsPerRow()
    {
        Objective objective = Objectives["likelihood, mean"];

        (PassResult result, _) = Run(Logits, objective);

        double[] logP = LogSoftmax(Wide(Logits));
        Values.AssertClose([.. objective.LikelihoodTokens.Select((t, i) => logP[(i * Width) + t])], result.TokenLogProbabilities, 1e-5, 0, "log p");
        Assert.Equal(Enumerable.Range(0, 4).Select(i => Array.IndexOf(Logits, Logits.AsSpan(i * Width, Width).ToArray().Max()) - (i * Width)), result.Predictions);
    }

    [Fact]
    public void Evaluate_ReferenceThatRulesATokenOut_CountsItAsNothing()
    {
        float[] reference = [.. Enumerable.Repeat(-MathF.Log(Width - 1), Width - 1), float.NegativeInfinity];
        Objective objective = new() { DivergenceRows = [0], Reference = reference };
        float[] logits = Logits[..Width];

        (PassResult result, float[] gradient) = Run(logits, objective);

        double[] logQ = LogSoftmax(Wide(logits));
        Assert.Equal(Enumerable.Range(0, Width - 1).Sum(v => (-Math.Log(Width - 1) - logQ[v]) / (Width - 1)), result.Divergence, 1e-5);
        Assert.All(gradient, g => Assert.True(float.IsFinite(g)));
    }

    [Fact]
    public void Rows_Nothing_IsNull() => Assert.Null(ObjectiveOnTape.Rows(Objective.None));

    [Fact]
    public void Rows_Both_PutsLikelihoodFirst() => Assert.Equal([5, 9, 2, 4], ObjectiveOnTape.Rows(Objectives["both"])!);

    private static float[] Rows(Objective objective) => Logits[..((objective.LikelihoodRows.Length + objective.DivergenceRows.Length) * Width)];

    private (PassResult Result, float[] Gradient) Run(float[] logits, Objective objective)
    {
        using Tensor data = _engine.FromHost(logits, [logits.Length / Width, Width]);
        using Tape tape = new(_engine, recording: true);
        Value leaf = tape.Leaf(data);
        PassResult result = ObjectiveOnTape.Evaluate(tape, leaf, objective);
        tape.Backward();
        using Tensor gradient = tape.TakeGradient(leaf)!;
        return (result, HostTensor.From(_engine, gradient).Data);
    }

    private static (double Likelihood, double Divergence) Formula(double[] logits, Objective objective)
    {
        double[] logQ = LogSoftmax(logits);
        int likely = objective.LikelihoodRows.Length;
        double likelihood = Enumerable.Range(0, likely).Sum(i =>
            (objective.LikelihoodWeights?[i] ?? (1.0 / likely)) * -logQ[(i * Width) + objective.LikelihoodTokens[i]]);
        int held = objective.DivergenceRows.Length;
        double divergence = Enumerable.Range(0, held * Width).Sum(v =>
            (objective.DivergenceWeights?[v / Width] ?? (1.0 / held)) * Math.Exp(objective.Reference[v]) * (objective.Reference[v] - logQ[(likely * Width) + v]));
        return (likelihood, divergence);
    }

    private static double[] LogSoftmax(double[] x) => [.. x.Select((v, i) =>
        v - Math.Log(Enumerable.Range(i / Width * Width, Width).Sum(at => Math.Exp(x[at]))))];

    private static double[] Wide(float[] x) => Array.ConvertAll(x, v => (double)v);
}

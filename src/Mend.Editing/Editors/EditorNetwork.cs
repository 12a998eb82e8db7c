using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// One low-rank residual network (Mitchell et al., 2022, eqs. 3a and 3b, with the authors' FiLM): for each layer
/// h ← h + relu(s ⊙ (A B h + b) + o), with s and o chosen by the edited layer. Both layers have the relu, as in the
/// authors' code. Parameters are named as theirs: A is "u" [size, rank], B is "v" [rank, size].
/// </summary>
internal sealed class EditorNetwork
{
    private readonly ParameterSet _parameters;
    private readonly string _prefix;
    private readonly int _layers;

    /// <summary>Adds a fresh network's parameters to a set.</summary>
    public EditorNetwork(ParameterSet parameters, string prefix, int size, int modes, EditorOptions options, Random random)
    {
        _parameters = parameters;
        _prefix = prefix;
        _layers = options.HiddenLayers + 1;
        int rank = Math.Min(options.Rank, size);
        for (int i = 0; i < _layers; i++)
        {
            bool identity = options.Init == EditorInit.Identity;
            double bound = Math.Sqrt(6.0 / (rank + size));
            parameters.Add(Name(i, "u"), [size, rank], () => identity ? 0 : Uniform(random, Math.Sqrt(2) * bound));
            parameters.Add(Name(i, "v"), [rank, size], () => identity ? Normal(random) * options.InitScale : Uniform(random, bound));
            parameters.Add(Name(i, "bias"), [size], () => 0);
            parameters.Add(Name(i, "mode_scale"), [modes, size], () => 1);
            parameters.Add(Name(i, "mode_shift"), [modes, size], () => 0);
        }
    }

    /// <summary>Whether a parameter is a bias, scale or shift rather than a matrix.</summary>
    public static bool IsVector(string parameter) =>
        parameter.EndsWith(".bias", StringComparison.Ordinal) || parameter.EndsWith(".mode_scale", StringComparison.Ordinal)
        || parameter.EndsWith(".mode_shift", StringComparison.Ordinal);

    /// <summary>Runs the network.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="leaves">The parameters on that tape.</param>
    /// <param name="x">[rows, size].</param>
    /// <param name="mode">The edited layer's row of scales and shifts.</param>
    public Value Forward(Tape tape, IReadOnlyDictionary<string, Value> leaves, Value x, int mode)
    {
        for (int i = 0; i < _layers; i++)
        {
            Value Leaf(string name) => leaves[Name(i, name)];
            Value low = tape.MatMul(x, Leaf("v"), transposeB: true);
            Value h = tape.Add(tape.MatMul(low, Leaf("u"), transposeB: true), Leaf("bias"));
            h = tape.Add(tape.Multiply(h, tape.Narrow(Leaf("mode_scale"), 0, mode, 1)), tape.Narrow(Leaf("mode_shift"), 0, mode, 1));
            x = tape.Add(x, tape.Unary(UnaryOp.Relu, h));
        }

        return x;
    }

    private string Name(int layer, string parameter) => $"{_prefix}layers.{layer}.{parameter}";

    private static double Uniform(Random random, double bound) => ((random.NextDouble() * 2) - 1) * bound;

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

using Mend.Tensors;

namespace Mend.Editing;

/// <summary>Adam (Kingma and Ba, 2015) over a <see cref="ParameterSet"/>, with clipping by the norm of the whole gradient.</summary>
public sealed class AdamOptimizer : IDisposable
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly ParameterSet _parameters;
    private readonly Dictionary<string, (Tensor First, Tensor Second)> _moments = [];

    /// <summary>Creates the optimiser with moments of zero.</summary>
    /// <param name="parameters">What it changes.</param>
    public AdamOptimizer(ParameterSet parameters)
    {
        _parameters = parameters;
        foreach (string name in parameters.Names)
        {
            _moments[name] = (parameters.Engine.Zeros(parameters[name].Shape), parameters.Engine.Zeros(parameters[name].Shape));
        }
    }

    /// <summary>Steps taken.</summary>
    public int Step { get; set; }

    /// <summary>Takes one step.</summary>
    /// <param name="gradients">Gradient by parameter; parameters without one stay, their moments too.</param>
    /// <param name="rate">Rate by parameter.</param>
    /// <param name="clip">Greatest norm; a longer gradient is shortened to it.</param>
    /// <returns>The norm before clipping. When it is not finite the step changes nothing: moments once infinite never recover.</returns>
    public double Apply(IReadOnlyDictionary<string, Tensor> gradients, Func<string, float> rate, float clip)
    {
        Step++;
        double norm = Math.Sqrt(_parameters.Names.Sum(n => gradients.TryGetValue(n, out Tensor? g) ? _parameters.Engine.SumOfSquares(g) : 0));
        if (!double.IsFinite(norm))
        {
            return norm;
        }

        float scale = norm > clip ? (float)(clip / (norm + 1e-6)) : 1f;
        foreach (string name in _parameters.Names)
        {
            if (gradients.TryGetValue(name, out Tensor? gradient))
            {
                (Tensor first, Tensor second) = _moments[name];
                AdamSettings settings = new(rate(name), Beta1, Beta2, Epsilon, Step, scale);
                _parameters.Engine.AdamStep(_parameters[name], first, second, gradient, settings);
            }
        }

        return norm;
    }

    /// <summary>The moments of a parameter on the host.</summary>
    /// <param name="name">The parameter.</param>
    public (float[] First, float[] Second) Get(string name) =>
        (HostTensor.From(_parameters.Engine, _moments[name].First).Data, HostTensor.From(_parameters.Engine, _moments[name].Second).Data);

    /// <summary>Replaces the moments of a parameter.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="first">First moment.</param>
    /// <param name="second">Second moment.</param>
    public void Set(string name, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        (Tensor oldFirst, Tensor oldSecond) = _moments[name];
        _moments[name] = (_parameters.Engine.FromHost(first, oldFirst.Shape), _parameters.Engine.FromHost(second, oldSecond.Shape));
        oldFirst.Dispose();
        oldSecond.Dispose();
    }

    /// <summary>Gives the moments back.</summary>
    public void Dispose()
    {
        foreach ((Tensor first, Tensor second) in _moments.Values)
        {
            first.Dispose();
            second.Dispose();
        }

        _moments.Clear();
    }
}

using Mend.Tensors;

namespace Mend.Editing;

/// <summary>Trainable parameters by name, in the order in which they were added. Owns their tensors. Not thread-safe.</summary>
public sealed class ParameterSet : IDisposable
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, Tensor> _values = [];

    /// <summary>Creates an empty set.</summary>
    /// <param name="engine">Where the parameters live.</param>
    public ParameterSet(IEngine engine) => Engine = engine;

    /// <summary>Where the parameters live.</summary>
    public IEngine Engine { get; }

    /// <summary>Names, in order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Number of values in all parameters.</summary>
    public long Length => _values.Values.Sum(t => t.Shape.Length);

    /// <summary>A parameter.</summary>
    /// <param name="name">Its name.</param>
    public Tensor this[string name] => _values[name];

    /// <summary>Adds a parameter with starting values.</summary>
    /// <param name="name">A new name.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="next">Called once per value, in order.</param>
    public void Add(string name, Shape shape, Func<double> next)
    {
        float[] data = new float[shape.Length];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (float)next();
        }

        _values.Add(name, Engine.FromHost(data, shape));
        _names.Add(name);
    }

    /// <summary>Replaces a parameter's values.</summary>
    /// <param name="name">A known name.</param>
    /// <param name="data">Row-major.</param>
    public void Set(string name, ReadOnlySpan<float> data)
    {
        Tensor fresh = Engine.FromHost(data, _values[name].Shape);
        _values[name].Dispose();
        _values[name] = fresh;
    }

    /// <summary>A parameter's values on the host.</summary>
    /// <param name="name">A known name.</param>
    public float[] Get(string name) => HostTensor.From(Engine, _values[name]).Data;

    /// <summary>Puts every parameter on a tape.</summary>
    /// <param name="tape">The tape.</param>
    public IReadOnlyDictionary<string, Value> OnTape(Tape tape) => _values.ToDictionary(p => p.Key, p => tape.Leaf(p.Value));

    /// <summary>Gives the tensors back.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _values.Values)
        {
            tensor.Dispose();
        }

        _values.Clear();
        _names.Clear();
    }
}

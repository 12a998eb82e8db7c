using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Loads a stage's parameters from a checkpoint and owns them; a matrix that several stages read is loaded once. Where the
/// checkpoint holds them is for <see cref="StoredParameters"/> to find.
/// </summary>
public sealed class CheckpointSource : ParameterSource, IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly IEngine _engine;
    private readonly List<IDisposable> _owned = [];
    private readonly Dictionary<(string Name, WeightLayout Layout), Weight> _weights = [];

    /// <summary>Creates the source.</summary>
    /// <param name="checkpoint">The checkpoint; must outlive the source.</param>
    /// <param name="engine">Where the parameters go.</param>
    public CheckpointSource(Checkpoint checkpoint, IEngine engine)
    {
        _checkpoint = checkpoint;
        _engine = engine;
    }

    /// <summary>Bytes of all parameters loaded so far, as stored.</summary>
    public long LoadedBytes { get; private set; }

    /// <inheritdoc/>
    public override Weight Matrix(string name, int inputs, int outputs, WeightLayout layout) =>
        Load(name, layout == WeightLayout.InOut ? [inputs, outputs] : [outputs, inputs], layout);

    /// <inheritdoc/>
    public override Weight Table(string name, int rows, int columns) => Load(name, [rows, columns], WeightLayout.OutIn);

    /// <inheritdoc/>
    public override Tensor Tensor(string name, Shape shape) => Own(_engine.LoadTensor(Find(name, shape)));

    /// <inheritdoc/>
    public override Tensor Made(Shape shape, Func<IEngine, Tensor> make) => Own(make(_engine));

    /// <inheritdoc/>
    public override bool Contains(string name, bool planned) => StoredParameters.Find(_checkpoint, name) is not null;

    /// <summary>Gives all parameters back.</summary>
    public void Dispose()
    {
        foreach (IDisposable parameter in _owned)
        {
            parameter.Dispose();
        }

        _owned.Clear();
        _weights.Clear();
    }

    private Weight Load(string name, Shape shape, WeightLayout layout)
    {
        if (!_weights.TryGetValue((name, layout), out Weight? weight))
        {
            _weights[(name, layout)] = weight = Own(_engine.LoadWeight(Find(name, shape), layout));
        }

        return weight;
    }

    private StoredTensor Find(string name, Shape shape)
    {
        StoredTensor stored = StoredParameters.Get(_checkpoint, name, shape).Loaded();
        LoadedBytes += stored.ByteLength;
        return stored.Renamed(name);
    }

    private T Own<T>(T parameter)
        where T : IDisposable
    {
        _owned.Add(parameter);
        return parameter;
    }
}

using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Loads a stage's parameters from a checkpoint and owns them. A checkpoint of the bare model lacks the first part of
/// the names ("transformer.", "model.", "bert."); both spellings are found.
/// </summary>
public sealed class CheckpointSource : ParameterSource, IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly IEngine _engine;
    private readonly List<IDisposable> _owned = [];

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

    /// <summary>The name under which a checkpoint holds a parameter.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">Full name.</param>
    /// <returns>The full name, or the name without its first part when only that is there.</returns>
    public static string Spelling(Checkpoint checkpoint, string name)
    {
        string bare = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return !checkpoint.Contains(name) && checkpoint.Contains(bare) ? bare : name;
    }

    /// <inheritdoc/>
    public override Weight Matrix(string name, int inputs, int outputs, WeightLayout layout) =>
        Own(_engine.LoadWeight(Find(name, layout == WeightLayout.InOut ? [inputs, outputs] : [outputs, inputs]), layout));

    /// <inheritdoc/>
    public override Weight Table(string name, int rows, int columns) =>
        Own(_engine.LoadWeight(Find(name, [rows, columns]), WeightLayout.OutIn));

    /// <inheritdoc/>
    public override Tensor Tensor(string name, Shape shape) => Own(_engine.LoadTensor(Find(name, shape)));

    /// <inheritdoc/>
    public override bool Contains(string name, bool planned) => _checkpoint.Contains(Spelling(_checkpoint, name));

    /// <summary>Gives all parameters back.</summary>
    public void Dispose()
    {
        foreach (IDisposable parameter in _owned)
        {
            parameter.Dispose();
        }

        _owned.Clear();
    }

    private StoredTensor Find(string name, Shape shape)
    {
        StoredTensor stored = _checkpoint.Get(Spelling(_checkpoint, name), shape);
        LoadedBytes += stored.ByteLength;
        return stored.Name == name ? stored : new StoredTensor(name, stored.Type, stored.Shape, stored.File, stored.Address, stored.Owner);
    }

    private T Own<T>(T parameter)
        where T : IDisposable
    {
        _owned.Add(parameter);
        return parameter;
    }
}

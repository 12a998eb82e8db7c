using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Loads a stage's parameters from a checkpoint and owns them; a matrix that several stages read is loaded once. Spellings
/// that differ from the full name are found: see <see cref="Spelling"/>.
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

    /// <summary>
    /// The name under which a checkpoint holds a parameter. Checkpoints of the bare model lack the first part of the names
    /// ("transformer.", "model.", "bert."); the authors' BERT classifier has "model." for "bert."; checkpoints converted from
    /// TensorFlow have gamma and beta; and of tables that are shared, some checkpoints hold another one's name.
    /// </summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">Full name.</param>
    /// <returns>The first spelling that is there, or the full name when none is.</returns>
    public static string Spelling(Checkpoint checkpoint, string name) => Spellings(name).FirstOrDefault(checkpoint.Contains, name);

    /// <summary>Bytes of a parameter as a checkpoint stores it, under whichever spelling.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="parameter">The parameter.</param>
    /// <exception cref="CheckpointException">It is missing.</exception>
    public static long StoredBytes(Checkpoint checkpoint, ParameterSpec parameter) => checkpoint.Get(Spelling(checkpoint, parameter.Name)).ByteLength;

    /// <inheritdoc/>
    public override Weight Matrix(string name, int inputs, int outputs, WeightLayout layout) =>
        Load(name, layout == WeightLayout.InOut ? [inputs, outputs] : [outputs, inputs], layout);

    /// <inheritdoc/>
    public override Weight Table(string name, int rows, int columns) => Load(name, [rows, columns], WeightLayout.OutIn);

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
        _weights.Clear();
    }

    private static IEnumerable<string> Spellings(string name)
    {
        const string Bert = "bert.", Shared = "shared.weight", Norm = ".LayerNorm.";
        string bare = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        yield return name;
        yield return bare;
        if (name.StartsWith(Bert, StringComparison.Ordinal))
        {
            yield return "model." + bare;
            yield return Older(name);
            yield return Older(bare);
        }

        if (name.EndsWith(Shared, StringComparison.Ordinal))
        {
            string prefix = name[..^Shared.Length];
            yield return prefix + "encoder.embed_tokens.weight";
            yield return prefix + "decoder.embed_tokens.weight";
            yield return "encoder.embed_tokens.weight";
            yield return "decoder.embed_tokens.weight";
        }

        static string Older(string name) => name
            .Replace(Norm + "weight", Norm + "gamma", StringComparison.Ordinal).Replace(Norm + "bias", Norm + "beta", StringComparison.Ordinal);
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

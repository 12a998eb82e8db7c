using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// What all stages of one shard share during one pass: the batch, stand-ins for edited layers, the cache of keys and
/// values, and tensors that several stages need (masks, rotary tables), made once. One thread at a time.
/// </summary>
public sealed class PassContext : IDisposable
{
    private readonly Dictionary<string, Tensor> _memo = [];

    /// <summary>Creates the context.</summary>
    /// <param name="engine">Where the shard computes.</param>
    /// <param name="batch">The batch.</param>
    public PassContext(IEngine engine, ModelBatch batch)
    {
        Engine = engine;
        Batch = batch;
    }

    /// <summary>Where the shard computes.</summary>
    public IEngine Engine { get; }

    /// <summary>The batch.</summary>
    public ModelBatch Batch { get; }

    /// <summary>The edits of the version that the pass reads; null for the base model.</summary>
    public ILayerOverlay? Overlay { get; init; }

    /// <summary>Wrappers by the full name of the layer's matrix.</summary>
    public IReadOnlyDictionary<string, ILayerHook> Hooks { get; init; } = new Dictionary<string, ILayerHook>();

    /// <summary>
    /// In generation the texts that the batch's rows belong to, one behind the other; the batch has one row of tokens then. Empty outside
    /// generation, where each row of the batch is a text of its own, read from its beginning.
    /// </summary>
    public IReadOnlyList<GrowingText> Texts { get; init; } = [];

    /// <summary>Rows of the output, seen as a matrix [batch · sequence, ...], whose logits are wanted; null means all.</summary>
    public int[]? OutputRows { get; init; }

    /// <summary>Where the tokens of a row of the batch stand in their texts.</summary>
    /// <param name="length">Number of tokens in the row.</param>
    public IEnumerable<TokenRun> Runs(int length) => Texts.Count == 0 ? [new TokenRun(0, 0, length)] : Texts.Select(t => t.Run);

    /// <summary>Position of each token of a row of the batch in its text.</summary>
    /// <param name="length">Number of tokens in the row.</param>
    public int[] Positions(int length) => [.. Runs(length).SelectMany(run => Enumerable.Range(run.Past, run.Count))];

    /// <summary>A tensor made once per pass and shard.</summary>
    /// <param name="key">What it is.</param>
    /// <param name="create">Makes it.</param>
    public Tensor Memo(string key, Func<Tensor> create)
    {
        if (!_memo.TryGetValue(key, out Tensor? tensor))
        {
            _memo[key] = tensor = create();
        }

        return tensor;
    }

    /// <summary>Gives the shared tensors back; the cache stays its owner's.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _memo.Values)
        {
            tensor.Dispose();
        }

        _memo.Clear();
    }
}

/// <summary>A pass as one stage sees it.</summary>
/// <param name="Pass">What the shard's stages share.</param>
/// <param name="Tape">Where the stage computes.</param>
public readonly record struct StageContext(PassContext Pass, Tape Tape)
{
    /// <summary>The batch.</summary>
    public ModelBatch Batch => Pass.Batch;

    /// <summary>A linear layer as the version has it, wrapped if the pass asks for it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="x">[batch, sequence, in].</param>
    public Value Linear(LinearLayer layer, Value x)
    {
        (Tape tape, ILayerOverlay? overlay) = (Tape, Pass.Overlay);
        Value Edited(Value input) => overlay?.Forward(tape, layer, input) ?? tape.Linear(input, layer.Weight, layer.Bias);
        return Pass.Hooks.TryGetValue(layer.Name, out ILayerHook? hook) ? hook.Forward(tape, x, Edited) : Edited(x);
    }

    /// <summary>
    /// A linear layer that only some rows of the batch go through, such as an expert's. Hooks and edits see the whole batch, with zeros in
    /// place of the other rows; the frozen matrix is only multiplied by the rows that there are, and not read where there are none.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="x">[rows, in].</param>
    /// <param name="rows">Which rows of the batch they are.</param>
    /// <returns>[rows, out].</returns>
    public Value Linear(LinearLayer layer, Value x, BatchRows rows)
    {
        (Tape tape, ILayerOverlay? overlay) = (Tape, Pass.Overlay);
        bool changed = overlay?.Changes(layer.Name) == true;
        if (!changed && !Pass.Hooks.ContainsKey(layer.Name))
        {
            return tape.Linear(x, layer.Weight, layer.Bias);
        }

        Value Whole(Value input) => changed
            ? overlay!.Forward(tape, layer, input)
            : rows.Spread(tape, tape.Linear(tape.GatherRows(input, rows.Rows), layer.Weight, layer.Bias));
        Value all = rows.Spread(tape, x);
        return tape.GatherRows(Pass.Hooks.TryGetValue(layer.Name, out ILayerHook? hook) ? hook.Forward(tape, all, Whole) : Whole(all), rows.Rows);
    }

    /// <summary>Lets a hook know that no row of the batch goes through its layer: it sees zeros, and the matrix is not read.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="batch">Number of texts.</param>
    /// <param name="length">Length of each.</param>
    public void PassBy(LinearLayer layer, int batch, int length)
    {
        if (Pass.Hooks.TryGetValue(layer.Name, out ILayerHook? hook))
        {
            Tape tape = Tape;
            Value Zeros(int size) => tape.Adopt(tape.Engine.Zeros([batch, length, size]));
            hook.Forward(tape, Zeros(layer.Weight.In), _ => Zeros(layer.Weight.Out));
        }
    }
}

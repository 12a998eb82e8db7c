using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// Makes <see cref="TrainingExample"/>s with two passes of the base model and keeps as many as its memory bound allows;
/// what does not fit is made again each time, with the same result. One caller at a time.
/// </summary>
internal sealed class FrozenCache
{
    private readonly IPassRunner _runner;
    private readonly ExampleEncoder _encoder;
    private readonly IReadOnlyList<EditRecord> _records;
    private readonly IReadOnlyList<string> _layers;
    private readonly TrainingOptions _options;
    private readonly Dictionary<int, TrainingExample> _kept = [];
    private readonly int _firstStage;
    private readonly float _lengthExponent;
    private readonly bool _answerRowsOnly;

    public FrozenCache(
        IPassRunner runner, ExampleEncoder encoder, IReadOnlyList<EditRecord> records, IEditor editor, TrainingOptions options)
    {
        IReadOnlyList<string> layers = [.. editor.Layers.Select(l => l.Name)];
        _lengthExponent = editor.LengthExponent;
        _answerRowsOnly = editor.AnswerRowsOnly;
        _runner = runner;
        _encoder = encoder;
        _records = records;
        _layers = layers;
        _options = options;
        _firstStage = GradientPass.FirstStage(runner.Architecture, layers);
    }

    /// <summary>Told the edited layers' inputs where answers are predicted, whenever examples are made; null tells nobody.</summary>
    public Action<string, float[]>? InputsSeen { get; set; }

    /// <summary>Bytes kept.</summary>
    public long ByteLength { get; private set; }

    /// <summary>Stage that training passes start from.</summary>
    public int FirstStage => _firstStage;

    /// <summary>Forgets all examples.</summary>
    public void Clear()
    {
        _kept.Clear();
        ByteLength = 0;
    }

    /// <summary>The examples of some records, made together where they are not kept.</summary>
    public async Task<IReadOnlyList<TrainingExample>> GetAsync(IReadOnlyList<int> records, CancellationToken cancellationToken)
    {
        int[] missing = [.. records.Where(r => !_kept.ContainsKey(r)).Distinct()];
        Dictionary<int, TrainingExample> fresh = [];
        if (missing.Length > 0)
        {
            IReadOnlyList<TrainingExample> made = await MakeAsync([.. missing.Select(r => _records[r])], cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < missing.Length; i++)
            {
                fresh[missing[i]] = made[i];
                if (ByteLength + made[i].ByteLength <= _options.CacheBytes)
                {
                    _kept[missing[i]] = made[i];
                    ByteLength += made[i].ByteLength;
                }
            }
        }

        return [.. records.Select(r => _kept.TryGetValue(r, out TrainingExample? kept) ? kept : fresh[r])];
    }

    private async Task<IReadOnlyList<TrainingExample>> MakeAsync(IReadOnlyList<EditRecord> records, CancellationToken cancellationToken)
    {
        List<EncodedRecord> encoded = [.. records.Select(r => EncodedRecord.Of(_encoder, r))];
        List<EncodedExample> edits = [.. encoded.Select(r => r.Edit)];
        IReadOnlyList<EditSignals> signals = await GradientPass.RunAsync(
            _runner, _layers, edits, _encoder.Padding, 0, [], _lengthExponent, cancellationToken, _answerRowsOnly).ConfigureAwait(false);

        List<EncodedExample> sequences = [];
        List<(int Wanted, int Unrelated)> counts = [];
        foreach (EncodedRecord record in encoded)
        {
            sequences.AddRange([record.Edit, .. record.Rephrases, .. record.Unrelated]);
            counts.Add((1 + record.Rephrases.Count, record.Unrelated.Count));
        }

        bool[] held = [.. counts.SelectMany(c => Enumerable.Repeat(false, c.Wanted).Concat(Enumerable.Repeat(true, c.Unrelated)))];
        IReadOnlyList<FrozenSequence> frozen = await FreezeAsync(sequences, held, cancellationToken).ConfigureAwait(false);
        List<TrainingExample> result = [];
        int at = 0;
        for (int i = 0; i < records.Count; i++)
        {
            int first = counts[i].Wanted == 1 || _options.IncludePrompt ? 0 : 1;
            result.Add(new TrainingExample
            {
                Signals = signals[i].Layers,
                Prompt = frozen[at],
                Wanted = [.. frozen.Skip(at + first).Take(counts[i].Wanted - first)],
                Unrelated = [.. frozen.Skip(at + counts[i].Wanted).Take(counts[i].Unrelated)],
            });
            at += counts[i].Wanted + counts[i].Unrelated;
        }

        return result;
    }

    private async Task<IReadOnlyList<FrozenSequence>> FreezeAsync(
        IReadOnlyList<EncodedExample> sequences, bool[] held, CancellationToken cancellationToken)
    {
        ExampleBatch batch = new(sequences, _runner.Architecture, _encoder.Padding);
        int[][] heldRows = [.. sequences.Select((s, i) => held[i] ? HeldRows(s) : [])];
        int width = _runner.Architecture.Task == ModelTask.Classification ? 1 : batch.Inputs.OutputLength;
        EnteringStates entering = new(_firstStage);
        Pass pass = new()
        {
            Batch = batch.Inputs,
            Outputs = PassOutputs.LogProbabilities,
            OutputRows = [.. heldRows.SelectMany((rows, i) => rows.Select(row => (i * width) + row))],
        };
        PassHooks hooks = new()
        {
            Layers = InputsSeen is null ? PassHooks.None.Layers : _layers.ToDictionary(
                l => l, l => (ILayerHook)new InputHook(InputRows(l, batch), rows => InputsSeen(l, rows))),
            Entering = entering,
        };
        PassResult result = await _runner.RunAsync(pass, hooks, cancellationToken).ConfigureAwait(false);
        (HostTensor? hidden, HostTensor? encoder) = (entering.Hidden, entering.Encoder);

        float[] Cut(HostTensor tensor, int i, int length)
        {
            int stride = tensor.Shape[1] * tensor.Shape[2];
            return tensor.Data.AsSpan(i * stride, length * tensor.Shape[2]).ToArray();
        }

        int vocabulary = result.LogProbabilities?.Shape.Last ?? 0;
        int row = 0;
        List<FrozenSequence> frozen = [];
        for (int i = 0; i < sequences.Count; i++)
        {
            EncodedExample s = sequences[i];
            bool inDecoder = encoder is not null;
            frozen.Add(new FrozenSequence(
                s,
                Cut(hidden!, i, inDecoder ? s.OutputLength : s.InputIds.Length),
                encoder is null ? null : Cut(encoder, i, s.InputIds.Length),
                heldRows[i],
                heldRows[i].Length == 0 ? [] : result.LogProbabilities!.Data.AsSpan(row * vocabulary, heldRows[i].Length * vocabulary).ToArray()));
            row += heldRows[i].Length;
        }

        return frozen;
    }

    /// <summary>
    /// Rows of a layer's input that speak for an answer: where it is predicted; of an encoder, whose tokens are not the output's, all
    /// that are no padding.
    /// </summary>
    private int[] InputRows(string layer, ExampleBatch batch)
    {
        return _runner.Architecture.FollowsOutput(layer)
            ? [.. Enumerable.Range(0, batch.Examples.Count).SelectMany(batch.Rows)]
            : [.. Enumerable.Range(0, batch.Inputs.InputIds.Length).Where(i => batch.Inputs.Mask is not { } mask || mask[i] == 1)];
    }

    private int[] HeldRows(EncodedExample s) =>
        _options.LocalityPositions == LocalityPositions.Answer || _runner.Architecture.Task == ModelTask.Classification
            ? s.TargetRows
            : [.. Enumerable.Range(0, s.OutputLength)];
}

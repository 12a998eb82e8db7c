namespace Mend.Editing;

/// <summary>
/// Chooses the edits of each step and the sequences of each edit, from the seed and the step's number alone. Every edit is
/// used once per epoch; edits of like length share a step, so that little of a batch is padding. Where the edits do not fill an
/// epoch's steps evenly, one of them has fewer.
/// </summary>
internal sealed class StepSampler
{
    /// <summary>Steps whose edits are sorted by length together; more wastes less padding and mixes less.</summary>
    private const int StepsPerPool = 16;

    private readonly IReadOnlyList<EditRecord> _records;
    private readonly TrainingOptions _options;

    public StepSampler(IReadOnlyList<EditRecord> records, TrainingOptions options)
    {
        _records = records;
        _options = options;
    }

    private int StepsPerEpoch => (_records.Count + _options.EditsPerStep - 1) / _options.EditsPerStep;

    /// <summary>The edits whose signals make the statistics.</summary>
    public int[] ForStatistics() => Shuffled(_options.Seed, -1)[..Math.Min(_options.StatisticsEdits, _records.Count)];

    /// <summary>The edits of a step.</summary>
    public int[] ForStep(int step)
    {
        int extra = step == 0 && _options.FirstStepTakesOneMore ? _options.EditsPerPass : 0;
        int[] order = Shuffled(_options.Seed, step / StepsPerEpoch);
        int within = step % StepsPerEpoch;
        int pool = within / StepsPerPool;
        int size = StepsPerPool * _options.EditsPerStep;
        int[] pooled = [.. order.Skip(pool * size).Take(size).OrderBy(r => Length(_records[r]))];
        int[][] steps = [.. pooled.Chunk(_options.EditsPerStep)];
        new Random(HashCode(step / StepsPerEpoch, pool)).Shuffle(steps);
        int[] chosen = steps[within % StepsPerPool];
        return extra == 0 ? chosen : [.. chosen, .. order.Where(r => !chosen.Contains(r)).Take(extra)];
    }

    /// <summary>The sequences of a step's edits: as many per edit as the options say, repeated where an edit has fewer.</summary>
    public IReadOnlyList<(IReadOnlyList<FrozenSequence> Wanted, IReadOnlyList<FrozenSequence> Unrelated)> Choose(
        int step, int part, IReadOnlyList<TrainingExample> examples)
    {
        Random random = new(HashCode(step, 1 + part));
        int wantedCount = Math.Max(1, _options.RephrasesPerEdit + (_options.IncludePrompt ? 1 : 0));
        List<(IReadOnlyList<FrozenSequence>, IReadOnlyList<FrozenSequence>)> result = [];
        foreach (TrainingExample example in examples)
        {
            // The prompt, where it counts, is always there; rephrases take turns.
            IReadOnlyList<FrozenSequence> fixedPart = _options.IncludePrompt ? [example.Wanted[0]] : [];
            FrozenSequence[] rephrases = [.. example.Wanted.Skip(fixedPart.Count)];
            random.Shuffle(rephrases);
            FrozenSequence[] pool = rephrases.Length == 0 ? [.. example.Wanted] : rephrases;
            FrozenSequence[] unrelated = [.. example.Unrelated];
            random.Shuffle(unrelated);
            int unrelatedCount = examples.Min(e => e.Unrelated.Count) == 0 ? 0 : _options.LocalityPerEdit;
            result.Add((
                [.. fixedPart, .. Enumerable.Range(0, wantedCount - fixedPart.Count).Select(i => pool[i % pool.Length])],
                [.. Enumerable.Range(0, unrelatedCount).Select(i => unrelated[i % unrelated.Length])]));
        }

        return result;
    }

    private int[] Shuffled(int seed, int epoch)
    {
        int[] order = [.. Enumerable.Range(0, _records.Count)];
        new Random(HashCode(seed, epoch)).Shuffle(order);
        return order;
    }

    /// <summary>A fixed mixing of two numbers and the seed; System.HashCode differs from run to run.</summary>
    private int HashCode(int a, int b) => unchecked((((_options.Seed * 16777619) ^ a) * 16777619) ^ (b * 40503));

    private static int Length(EditRecord record) =>
        record.Prompt.Length + record.Rephrases.Concat(record.Locality.Select(l => l.Text)).Select(text => text.Length).DefaultIfEmpty().Max();
}

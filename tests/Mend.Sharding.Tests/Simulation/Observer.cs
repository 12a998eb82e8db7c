using Mend.Editing;
using Mend.Ledger;
using Mend.Models;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>Sees everything and holds it against what was promised. Keeps the first thing that was wrong.</summary>
internal sealed class Observer(Scheduler scheduler, ILedgerStore disk, IReadOnlyList<int> layers, bool mayBeBehind)
{
    public static readonly BaseModelFingerprint BaseModel = new("simulated", [new("blocks", "3")]);

    private readonly List<byte[]> _entries = [];
    private readonly List<IReadOnlyCollection<StagedKey>> _named = [];
    private readonly HashSet<string> _lost = new(StringComparer.Ordinal);
    private readonly List<(string? Key, string Prompt, string Target, ModelVersion Version)> _edits = [];
    private readonly List<(string Key, IReadOnlyList<ModelVersion> Reverted, ModelVersion Version)> _reverts = [];
    private readonly List<(ModelVersion Version, float[] Marks)> _reads = [];
    private readonly Dictionary<ModelVersion, HashSet<string>> _writers = [];

    /// <summary>The ledger as it was before it lost its tail; null where it did not.</summary>
    private EditLedger? _before;

    /// <summary>Whether the store lost entries.</summary>
    public bool LostTail => _before is not null;

    /// <summary>The first thing that was wrong, or null.</summary>
    public string? Violation { get; private set; }

    public int Reads => _reads.Count;

    public int Versions => _entries.Count;

    /// <summary>The newest version that anybody was told of: no reader that starts now may miss it.</summary>
    public ModelVersion Acknowledged { get; private set; }

    /// <summary>Versions that several processes tried to write.</summary>
    public int ContestedVersions => _writers.Values.Count(w => w.Count > 1);

    public void Fail(string what)
    {
        scheduler.Log($"VIOLATION {what}");
        Violation ??= what;
    }

    /// <summary>Holds that an error is one that callers are meant to meet.</summary>
    public void Saw(Exception error)
    {
        if (((mayBeBehind || LostTail) && error is UnknownVersionException) || (LostTail && error is LedgerTailLostException))
        {
            return;
        }

        if (error is not (RetryableException or StoreFaultException or OperationCanceledException or IdempotencyConflictException or AlreadyRevertedException))
        {
            Fail($"unexpected error: {error}");
        }
    }

    public void WantsToAppend(ModelVersion version, string process)
    {
        if (!_writers.TryGetValue(version, out HashSet<string>? writers))
        {
            _writers[version] = writers = [];
        }

        writers.Add(process);
    }

    public void Appended(ModelVersion version, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, AppendOutcome outcome)
    {
        if (outcome != AppendOutcome.Appended)
        {
            return;
        }

        scheduler.Log($"committed {version} {Sha256Digest.Of(entry.Span)}");
        if (version.Number != _entries.Count + 1)
        {
            Fail($"version {version} was committed after {_entries.Count} others");
        }

        _entries.Add(entry.ToArray());
        _named.Add(staged);
        CheckStaged();
    }

    /// <summary>Nothing is promised any more of what comes after a version; who was told of it may have been.</summary>
    public void LosesTail(ModelVersion kept)
    {
        InMemoryLedgerStore before = new(new Process(scheduler, "before"));
        Done(before.CreateHeaderAsync(Done(disk.ReadHeaderAsync(default).AsTask())!, default).AsTask());
        foreach (byte[] entry in _entries)
        {
            Done(before.AppendAsync(Done(before.HeadAsync(default).AsTask()), entry, [], DateTimeOffset.MinValue, default).AsTask());
        }

        _before = Done(EditLedger.OpenAsync(before, BaseModel, null, new Process(scheduler, "before")));
        foreach (LedgerEntry entry in Done(_before.EntriesAsync(kept)))
        {
            _lost.UnionWith(entry.Edits.Select(e => e.Prompt).Concat(new[] { entry.IdempotencyKey }.OfType<string>()));
        }

        _entries.RemoveRange((int)kept.Number, _entries.Count - (int)kept.Number);
        _named.RemoveRange((int)kept.Number, _named.Count - (int)kept.Number);
        Acknowledged = kept < Acknowledged ? kept : Acknowledged;
    }

    public void Removed() => CheckStaged();

    public void EditEnded(IReadOnlyList<EditRequest> requests, ModelVersion version)
    {
        Acknowledge(version);
        _edits.AddRange(requests.Select(r => (r.IdempotencyKey, r.Prompt, r.Target, version)));
    }

    public void RevertEnded(string key, IReadOnlyList<ModelVersion> reverted, ModelVersion version)
    {
        Acknowledge(version);
        _reverts.Add((key, reverted, version));
    }

    public void ReadEnded(ModelVersion acknowledgedBefore, ModelVersion version, float[] marks)
    {
        if (version < acknowledgedBefore && !mayBeBehind)
        {
            Fail($"a reader was given version {version} when {acknowledgedBefore} had been acknowledged");
        }

        _reads.Add((version, marks));
    }

    /// <summary>Looks at what is left once every process is dead.</summary>
    public void CheckLedger()
    {
        try
        {
            EditLedger ledger = Done(EditLedger.OpenAsync(
                disk, BaseModel, null, new Process(scheduler, "observer")));
            CheckEntries(Done(ledger.EntriesAsync()), ledger);
            foreach ((ModelVersion version, float[] marks) in _reads)
            {
                CheckRead(version, marks, ledger);
            }

            CheckStaged();
            IReadOnlyList<StagedFactors> left = Done(disk.ListStagedAsync(default).AsTask());
            if (left.FirstOrDefault(s => !_named.Any(n => n.Contains(s.Key))) is { } garbage)
            {
                Fail($"{garbage.Key} was never collected");
            }
        }
        catch (LedgerException error)
        {
            Fail($"the ledger cannot be read: {error.Message}");
        }
    }

    /// <summary>What was lost meanwhile is told to nobody who asks from now on.</summary>
    private void Acknowledge(ModelVersion version) => Acknowledged = version > Acknowledged && version.Number <= _entries.Count ? version : Acknowledged;

    private static T Done<T>(Task<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("The store in memory waited.");

    private void CheckStaged()
    {
        HashSet<StagedKey> there = [.. Done(disk.ListStagedAsync(default).AsTask()).Select(s => s.Key)];
        foreach (StagedKey key in _named.SelectMany(n => n).Where(k => !there.Contains(k)))
        {
            Fail($"{key} are committed and not there");
        }
    }

    private void CheckEntries(IReadOnlyList<LedgerEntry> entries, EditLedger ledger)
    {
        for (int i = 0; i < entries.Count || i < _entries.Count; i++)
        {
            byte[]? bytes = Done(disk.ReadEntryAsync(new ModelVersion(i + 1), default).AsTask());
            if (i >= _entries.Count || bytes is null || !bytes.AsSpan().SequenceEqual(_entries[i]))
            {
                Fail($"version {i + 1} is not what was committed");
                return;
            }
        }

        List<CommittedEdit> all = [.. entries.SelectMany(e => e.Edits)];
        CheckOnce(all.Select(e => e.IdempotencyKey).Concat(entries.Select(e => e.IdempotencyKey)).OfType<string>(), "key");
        CheckOnce(all.Where(e => e.IdempotencyKey is null).Select(e => e.Prompt), "edit");
        foreach ((string? key, string prompt, string target, ModelVersion version) in _edits)
        {
            // Of several edits of one call, some may have been committed by an earlier one: the newest version is told.
            if (!_lost.Contains(prompt) && !entries.Take((int)version.Number).Any(e => e.Edits.Any(c => (c.IdempotencyKey, c.Prompt, c.Target) == (key, prompt, target))))
            {
                Fail($"edit {prompt} ({key}) was acknowledged at version {version} and is not there");
            }
        }

        foreach ((string key, IReadOnlyList<ModelVersion> reverted, ModelVersion version) in _reverts)
        {
            LedgerEntry? entry = entries.ElementAtOrDefault((int)version.Number - 1);
            if (!_lost.Contains(key) && (entry is null || entry.IdempotencyKey != key || !entry.Reverts.SequenceEqual(reverted)))
            {
                Fail($"revert {key} was acknowledged at version {version} and is not there");
            }
        }

        foreach (LedgerEntry entry in entries)
        {
            foreach (CommittedEdit edit in entry.Edits)
            {
                CheckFactors(edit, entry.Version, Done(ledger.LoadFactorsAsync(edit.Factors)));
            }
        }
    }

    private void CheckOnce(IEnumerable<string> names, string what)
    {
        foreach (IGrouping<string, string> twice in names.GroupBy(n => n).Where(g => g.Count() > 1))
        {
            Fail($"{what} {twice.Key} was committed {twice.Count()} times");
        }
    }

    /// <summary>Every layer of every shard, computed on the version before.</summary>
    private void CheckFactors(CommittedEdit edit, ModelVersion version, IReadOnlyList<EditFactors> factors)
    {
        IEnumerable<float> expected = AllLayers().SelectMany(l => Facts.Marks(edit, version, l.Layer));
        if (!factors.SelectMany(Facts.Marks).SequenceEqual(expected))
        {
            Fail($"version {version} has factors of {edit.Prompt} that are not those of its layers on the version before");
        }
    }

    private void CheckRead(ModelVersion version, float[] marks, EditLedger ledger)
    {
        // Whoever read before the loss saw what is no more; nobody sees some of both.
        float[][] expected = [.. new[] { ledger, _before }.OfType<EditLedger>().Where(l => version <= Done(l.HeadAsync())).Select(l => Marks(Done(l.ViewAsync(version))))];
        if (!expected.Any(marks.SequenceEqual))
        {
            Fail($"a reader of version {version} saw another: {string.Join(' ', marks)} and not {string.Join(" or ", expected.Select(e => string.Join(' ', e)))}");
        }
    }

    private float[] Marks(VersionView view) =>
        [.. AllLayers().GroupBy(l => l.Shard).SelectMany(shard => view.Edits.SelectMany(e => shard.SelectMany(l => Facts.Marks(e.Edit, e.CommittedAt, l.Layer))))];

    private IEnumerable<(int Shard, string Layer)> AllLayers() =>
        layers.SelectMany((count, shard) => Enumerable.Range(0, count).Select(l => (shard, Facts.Layer(shard, l))));
}

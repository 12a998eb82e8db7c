using System.Globalization;
using Mend.Editing;

namespace Mend.Ledger.CrashHarness;

/// <summary>What a crash test found; no problems means that every promise held.</summary>
internal sealed record CrashReport(
    int Operations, int Kills, int AtStep, int AtAcknowledgement, int Acknowledged, int Repeated, int CollectedBesideLiveChild, int CollectedAfterwards, IReadOnlyList<string> Problems)
{
    public override string ToString() =>
        $"{Operations} operations, {Kills} kills ({AtStep} at a chosen step, {AtAcknowledgement} on an acknowledgement, the others idle), {Acknowledged} acknowledgements, " +
        $"{Repeated} of them again for an operation that a killed child had committed; {CollectedBesideLiveChild} leftover files collected beside a live child, " +
        $"{CollectedAfterwards} afterwards; {Problems.Count} problems";
}

/// <summary>
/// Starts children that work through the script and kills each at a seeded point: at the n-th step of its store, inside
/// the child, or on reading its n-th new acknowledgement. A child that outlives its share of the script waits for its death. Collects garbage beside the live children. Then checks everything.
/// </summary>
internal sealed class CrashRun(string place, int operations, int kills, int seed)
{
    /// <summary>Leftovers grow old while the run goes on; an edit has half of it from its first prepare to its commit.</summary>
    public static readonly EditLedgerOptions Options = new() { GracePeriod = TimeSpan.FromSeconds(4) };

    /// <summary>About as many steps as an edit takes.</summary>
    private readonly int _stepsPerOperation = PostgresLedgerAddress.IsAddress(place) ? 8 : 16;
    private readonly Random _random = new(seed);
    private readonly Dictionary<int, ModelVersion> _acknowledged = [];
    private readonly List<string> _problems = [];
    private int _acknowledgements;
    private int _repeated;
    private int _killed;
    private int _killedAtStep;
    private int _killedAtAcknowledgement;
    private int _collectedBeside;

    public async Task<CrashReport> ExecuteAsync()
    {
        await using EditLedger ledger = await OpenAsync().ConfigureAwait(false);
        int perLife = Math.Max(1, operations / kills);
        for (int life = 0; life < kills && _problems.Count == 0; life++)
        {
            bool bySelf = _random.Next(2) == 0;
            int dieAt = bySelf ? 1 + _random.Next(perLife * _stepsPerOperation) : 0;
            int killAfter = bySelf ? int.MaxValue : 1 + _random.Next(perLife);
            int share = (int)((life + 1L) * operations / kills);
            await LiveAsync(ledger, life, share, dieAt, killAfter).ConfigureAwait(false);
        }

        await LiveAsync(ledger, kills, operations, dieAt: 0, killAfter: int.MaxValue).ConfigureAwait(false);
        CollectionReport collected;
        await using (EditLedger later = await OpenAsync(new LaterClock(TimeSpan.FromDays(1))).ConfigureAwait(false))
        {
            collected = await later.CollectGarbageAsync().ConfigureAwait(false);
        }

        await CheckAsync().ConfigureAwait(false);
        return new CrashReport(operations, _killed, _killedAtStep, _killedAtAcknowledgement, _acknowledgements, _repeated, _collectedBeside, collected.Files, _problems);
    }

    private async Task<EditLedger> OpenAsync(TimeProvider? time = null) => await EditLedger.OpenAsync(Place.Open(place), Script.BaseModel, Options, time).ConfigureAwait(false);

    private async Task LiveAsync(EditLedger ledger, int life, int share, int dieAt, int killAfter)
    {
        bool last = life == kills;
        int fresh = 0;
        bool finished = false;
        bool killed = false;
        await using ChildProcess child = Program.Start("work", place, Text(share), Text(life), Text(dieAt));
        while (await child.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            finished |= line == "finished";
            bool isFresh = line.Split(' ') is ["ack", var operation, var version] && Acknowledge(operation, version);
            fresh += isFresh ? 1 : 0;
            if (!killed && !last && (finished || fresh >= killAfter))
            {
                killed = true;
                child.Kill();
                _killed++;
                _killedAtAcknowledgement += finished ? 0 : 1;
            }
            else if (isFresh)
            {
                // The child is in the middle of its next edit meanwhile; its staged factors must stay.
                _collectedBeside += (await ledger.CollectGarbageAsync().ConfigureAwait(false)).Files;
            }
            else if (finished && last)
            {
                child.WriteLine("end");
            }
        }

        await child.EndAsync().ConfigureAwait(false);
        if (child.Errors.Length > 0 || (last && !finished))
        {
            _problems.Add($"Life {life} ended early: {child.Errors}");
        }
        else if (!killed && !last)
        {
            _killed++;
            _killedAtStep++;
        }
    }

    /// <summary>Remembers an acknowledgement; false when it was known.</summary>
    private bool Acknowledge(string operationText, string versionText)
    {
        int operation = int.Parse(operationText, CultureInfo.InvariantCulture);
        ModelVersion version = new(long.Parse(versionText, CultureInfo.InvariantCulture));
        _acknowledgements++;
        if (_acknowledged.TryGetValue(operation, out ModelVersion earlier))
        {
            _repeated++;
            if (earlier != version)
            {
                _problems.Add($"Operation {operation} was acknowledged as version {earlier} and then as {version}.");
            }

            return false;
        }

        _acknowledged.Add(operation, version);
        return true;
    }

    private async Task CheckAsync()
    {
        await using EditLedger ledger = await OpenAsync().ConfigureAwait(false);
        IReadOnlyList<LedgerEntry> entries = await ledger.EntriesAsync().ConfigureAwait(false);
        Expect(entries.Count == operations, $"There are {entries.Count} versions for {operations} operations.");
        HashSet<StagedKey> named = [];
        for (int operation = 0; operation < operations; operation++)
        {
            if (!_acknowledged.TryGetValue(operation, out ModelVersion version) || version.Number > entries.Count)
            {
                _problems.Add($"Operation {operation} was not acknowledged, or its version is gone.");
                continue;
            }

            await CheckAsync(ledger, entries[(int)version.Number - 1], operation, named).ConfigureAwait(false);
        }

        await CheckViewAsync(ledger).ConfigureAwait(false);
        await CheckLeftoversAsync(named).ConfigureAwait(false);
    }

    private async Task CheckAsync(EditLedger ledger, LedgerEntry entry, int operation, HashSet<StagedKey> named)
    {
        if (Script.IsRevert(operation))
        {
            Expect(
                entry.IdempotencyKey == Script.Key(operation) && entry.Reverts.SequenceEqual([_acknowledged[Script.RevertedBy(operation)]]),
                $"Version {entry.Version} is not revert {operation}.");
            return;
        }

        CommittedEdit edit = entry.Edits.Single();
        Expect(entry.Kind == (Script.IsConsolidation(operation) ? LedgerEntryKind.Consolidation : LedgerEntryKind.Edit), $"Version {entry.Version} is no {operation}.");
        Expect(edit.IdempotencyKey == Script.Key(operation) && edit.Prompt == Script.Prompt(operation), $"Version {entry.Version} is not edit {operation}.");
        Expect(edit.Factors.Count == 2 * Script.Shards, $"Version {entry.Version} has {edit.Factors.Count} factors.");
        named.UnionWith(edit.Factors.Select(factor => factor.Key));
        IReadOnlyList<EditFactors> loaded = await ledger.LoadFactorsAsync(edit.Factors).ConfigureAwait(false);
        int life = int.Parse(edit.Id.Value.Split('-')[1], CultureInfo.InvariantCulture);
        for (int index = 0; index < loaded.Count; index++)
        {
            EditFactors wanted = Script.Factors(operation, edit.Factors[index].Shard, life).Single(layer => layer.Layer == edit.Factors[index].Layer);
            Expect(loaded[index].U.SequenceEqual(wanted.U) && loaded[index].Delta.SequenceEqual(wanted.Delta), $"Version {entry.Version} has other factors.");
        }
    }

    private async Task CheckViewAsync(EditLedger ledger)
    {
        HashSet<int> live = [];
        List<(int Operation, HashSet<int> Edits)> consolidations = [];
        for (int operation = 0; operation < operations; operation++)
        {
            if (Script.IsRevert(operation))
            {
                live.Remove(Script.RevertedBy(operation));
            }
            else if (Script.IsConsolidation(operation))
            {
                consolidations.Add((operation, [.. live.Where(Script.IsJoint)]));
            }
            else
            {
                live.Add(operation);
            }
        }

        // Of the consolidations the newest counts whose edits are all live: behind these, and before those that it does not know.
        (int Operation, HashSet<int> Edits)[] counting = [.. consolidations.Where(c => c.Edits.IsSubsetOf(live)).TakeLast(1)];
        IEnumerable<int> known = live.Where(operation => counting.Any(c => c.Edits.Contains(operation))).Order();
        IEnumerable<string> wanted = known.Concat(counting.Select(c => c.Operation)).Concat(live.Except(known).Order()).Select(Script.Key);
        VersionView view = await ledger.ViewAsync(await ledger.HeadAsync().ConfigureAwait(false)).ConfigureAwait(false);
        Expect(view.Edits.Select(edit => edit.Edit.IdempotencyKey).SequenceEqual(wanted), "The head's active edits are not those of the script.");
    }

    private async Task CheckLeftoversAsync(HashSet<StagedKey> named)
    {
        ILedgerStore store = Place.Open(place);
        await using (store.ConfigureAwait(false))
        {
            IReadOnlyList<StagedFactors> staged = await store.ListStagedAsync(CancellationToken.None).ConfigureAwait(false);
            Expect(named.SetEquals(staged.Select(file => file.Key)), $"{staged.Count} staged files are left, {named.Count} are committed.");
            if (store is FileLedgerStore)
            {
                CheckFolder(new LedgerFolder(place), named);
            }
        }
    }

    private void CheckFolder(LedgerFolder folder, HashSet<StagedKey> named)
    {
        string[] files = Directory.GetFiles(folder.Factors, "*", SearchOption.AllDirectories);
        Expect(files.Length == named.Count, $"{files.Length} files are left, {named.Count} are committed.");
        Expect(Directory.GetDirectories(folder.Factors).All(edit => Directory.EnumerateFiles(edit).Any()), "Empty folders of edits are left.");
        Expect(Directory.GetFiles(folder.Temporary).Length == 0, "Temporary files are left.");
    }

    private void Expect(bool held, string problem)
    {
        if (!held)
        {
            _problems.Add(problem);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

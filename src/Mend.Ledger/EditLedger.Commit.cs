using System.Diagnostics;
using System.Text;

namespace Mend.Ledger;

public sealed partial class EditLedger
{
    internal static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Commits prepared edits as one version, if no other commit came since <paramref name="readVersion"/>. When this throws
    /// anything but an <see cref="ArgumentException"/> or one of the exceptions below, the outcome is unknown: ask again with the same
    /// edit ids, and edits that did get committed are reported as committed.
    /// </summary>
    /// <param name="readVersion">The version the gradient pass read.</param>
    /// <param name="edits">The edits with the references their prepares returned, at least one, in the order they are applied.</param>
    /// <param name="cancellationToken">Stops before the write.</param>
    /// <exception cref="ArgumentException">An edit has no factors, a wrong key, or shares its id or key with another.</exception>
    /// <exception cref="UnknownVersionException"><paramref name="readVersion"/> is in the future.</exception>
    /// <exception cref="IdempotencyConflictException">A key or id was used for another request.</exception>
    /// <exception cref="StagedFactorsMissingException">Factors are not staged.</exception>
    /// <exception cref="LedgerUnavailableException">The store can not be reached now; the outcome is unknown, as above.</exception>
    public async Task<CommitResult> CommitAsync(
        ModelVersion readVersion, IReadOnlyList<CommittedEdit> edits, CancellationToken cancellationToken = default)
    {
        CheckEdits(edits);
        long start = _time.GetTimestamp();
        string outcome = LedgerTelemetry.FailedOutcome;
        using Activity? activity = LedgerTelemetry.Source.StartActivity("mend.ledger.commit");
        try
        {
            CommitResult result = await TryCommitAsync(readVersion, edits, cancellationToken).ConfigureAwait(false);
            outcome = OutcomeOf(result.Status);
            activity?.SetTag(LedgerTelemetry.EditTag, string.Join(',', edits.Select(edit => edit.Id)))
                .SetTag(LedgerTelemetry.VersionTag, result.Version.Number)
                .SetTag(LedgerTelemetry.OutcomeTag, outcome);
            return result;
        }
        finally
        {
            LedgerTelemetry.Record(LedgerTelemetry.CommitDuration, _time, start, outcome);
        }
    }

    /// <summary>
    /// Takes versions back, as one new version. A revert is itself a version: reverting it brings back what it took. Tries
    /// again by itself when another commit comes first.
    /// </summary>
    /// <param name="versions">The versions, edits or reverts, at least one, no two equal.</param>
    /// <param name="idempotencyKey">The request's key, or null.</param>
    /// <param name="origin">Who asks for it and why, or null.</param>
    /// <param name="expected">The head that it is for; null for any.</param>
    /// <param name="cancellationToken">Stops before the next try.</param>
    /// <returns>The version that takes them back; an earlier one when the key was used for this request already.</returns>
    /// <exception cref="UnknownVersionException">A version is in the future or the base model.</exception>
    /// <exception cref="AlreadyRevertedException">A version is not in effect.</exception>
    /// <exception cref="HeadMovedException">The head is not <paramref name="expected"/>.</exception>
    /// <exception cref="IdempotencyConflictException">The key was used for another request.</exception>
    public async Task<ModelVersion> RevertAsync(
        IReadOnlyList<ModelVersion> versions,
        string? idempotencyKey = null,
        EditOrigin? origin = null,
        ModelVersion? expected = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(versions);
        origin?.Validate();
        if (versions.Count == 0 || versions.Distinct().Count() != versions.Count)
        {
            throw new ArgumentException("Name at least one version to revert, each once.", nameof(versions));
        }

        if (idempotencyKey is not null)
        {
            CheckKey(idempotencyKey);
        }

        // No gradient pass was made for it, so losing the race costs nothing but another look at the history.
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await TryRevertAsync([.. versions.Order()], idempotencyKey, origin, expected, cancellationToken).ConfigureAwait(false) is { } version)
            {
                return version;
            }
        }
    }

    private static string OutcomeOf(CommitStatus status) => status switch
    {
        CommitStatus.Committed => "committed",
        CommitStatus.AlreadyCommitted => "already_committed",
        _ => "head_moved",
    };

    private static void CheckEdits(IReadOnlyList<CommittedEdit> edits)
    {
        ArgumentNullException.ThrowIfNull(edits);
        HashSet<EditId> ids = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        foreach (CommittedEdit edit in edits)
        {
            if (!ids.Add(edit.Id) || (edit.IdempotencyKey is { } key && !keys.Add(key)))
            {
                throw new ArgumentException($"Edit {edit.Id} shares its id or idempotency key with another edit of the batch.", nameof(edits));
            }

            if (edit.Factors.Count == 0 || edit.Factors.Any(factor => factor.Edit != edit.Id)
                || edit.Factors.Select(factor => factor.Layer).Distinct(StringComparer.Ordinal).Count() != edit.Factors.Count)
            {
                throw new ArgumentException(
                    $"Edit {edit.Id} needs the references that its own prepares returned: at least one, and one a layer.", nameof(edits));
            }

            if (edit.Consolidates is not null && edits.Count > 1)
            {
                throw new ArgumentException("A consolidation is committed alone.", nameof(edits));
            }

            if (edit.IdempotencyKey is not null)
            {
                CheckKey(edit.IdempotencyKey);
            }

            // Text with a lone surrogate would come back changed, and the same request would then look like another.
            StrictUtf8.GetByteCount(edit.Prompt);
            StrictUtf8.GetByteCount(edit.Target);
            edit.Origin?.Validate();
        }

        if (ids.Count == 0)
        {
            throw new ArgumentException("A commit needs at least one edit.", nameof(edits));
        }
    }

    private async Task<CommitResult> TryCommitAsync(ModelVersion readVersion, IReadOnlyList<CommittedEdit> edits, CancellationToken cancellationToken)
    {
        (CommitResult? settled, Sha256Digest previous, LedgerHead stored) = await ReadHistoryAsync(
            history => (Settle(history, readVersion, edits), history.HeadDigest, history.Stored), cancellationToken).ConfigureAwait(false);
        if (settled is not null)
        {
            return settled;
        }

        // The history up to readVersion is known and holds none of the edits, so if this append wins, none was committed before.
        LedgerEntry entry = new()
        {
            Version = readVersion.Next,
            PreviousDigest = previous,
            Time = _time.GetUtcNow(),
            Kind = edits[0].Consolidates is null ? LedgerEntryKind.Edit : LedgerEntryKind.Consolidation,
            Edits = edits,
        };
        switch (await AppendAsync(stored, entry, cancellationToken).ConfigureAwait(false))
        {
            case AppendOutcome.Appended:
                return new CommitResult { Status = CommitStatus.Committed, Version = entry.Version };
            case AppendOutcome.VersionTaken or AppendOutcome.PreviousMissing:
                settled = await ReadHistoryAsync(history => Settle(history, readVersion, edits), cancellationToken).ConfigureAwait(false);
                return settled ?? throw new LedgerStoreException(
                    _store.Locate(entry.Version), "the entry can not be appended, but neither it nor another one is there. Check that the store shows what was written to it.");
            default:
                throw await MissingAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What is known of a commit without writing; null: it may be tried.</summary>
    private static CommitResult? Settle(LedgerHistory history, ModelVersion readVersion, IReadOnlyList<CommittedEdit> edits)
    {
        Dictionary<EditId, ModelVersion> committed = [];
        int own = 0;
        foreach (CommittedEdit edit in edits)
        {
            if (history.TryFindEdit(edit.Id, edit.IdempotencyKey, edit.Prompt, edit.Target, out ActiveEdit? found))
            {
                committed.Add(edit.Id, found.CommittedAt);
                own += found.Edit.Id == edit.Id ? 1 : 0;
            }
        }

        if (own == edits.Count)
        {
            // Asked again, after a try whose outcome was not known.
            return new CommitResult { Status = CommitStatus.Committed, Version = committed[edits[0].Id] };
        }

        if (committed.Count > 0)
        {
            ModelVersion first = committed[edits.First(edit => committed.ContainsKey(edit.Id)).Id];
            return new CommitResult { Status = CommitStatus.AlreadyCommitted, Version = first, AlreadyCommitted = committed };
        }

        return readVersion > history.Head
            ? throw new UnknownVersionException(readVersion, history.Head)
            : readVersion == history.Head ? null : new CommitResult { Status = CommitStatus.HeadMoved, Version = history.Head };
    }

    private async Task<ModelVersion?> TryRevertAsync(
        IReadOnlyList<ModelVersion> versions, string? idempotencyKey, EditOrigin? origin, ModelVersion? expected, CancellationToken cancellationToken)
    {
        (ModelVersion? found, LedgerEntry? entry, LedgerHead stored) = await ReadHistoryAsync<(ModelVersion?, LedgerEntry?, LedgerHead)>(
            history =>
            {
                if (history.TryFindRevert(idempotencyKey, versions, out ModelVersion earlier))
                {
                    return (earlier, null, history.Stored);
                }

                if (expected is { } only && only != history.Head)
                {
                    throw new HeadMovedException(only, history.Head);
                }

                history.CheckRevertible(versions);
                return (null, new LedgerEntry
                {
                    Version = history.Head.Next,
                    PreviousDigest = history.HeadDigest,
                    Time = _time.GetUtcNow(),
                    Kind = LedgerEntryKind.Revert,
                    Reverts = versions,
                    IdempotencyKey = idempotencyKey,
                    Origin = origin,
                }, history.Stored);
            },
            cancellationToken).ConfigureAwait(false);
        return entry is null ? found
            : await AppendAsync(stored, entry, cancellationToken).ConfigureAwait(false) == AppendOutcome.Appended ? entry.Version
            : null;
    }

    private async Task<AppendOutcome> AppendAsync(LedgerHead previous, LedgerEntry entry, CancellationToken cancellationToken)
    {
        (byte[] bytes, Sha256Digest digest) = LedgerCodec.Encode(entry);
        AppendOutcome outcome = await _store.AppendAsync(previous, bytes, KeysOf(entry), _time.GetUtcNow() - (_options.GracePeriod / 2), cancellationToken).ConfigureAwait(false);
        if (outcome == AppendOutcome.Appended)
        {
            await RememberAsync(previous, entry, digest, bytes).ConfigureAwait(false);
            CollectWhenDue();
            LedgerTelemetry.Versions.Add(1, new KeyValuePair<string, object?>(LedgerTelemetry.KindTag, entry.Kind.ToString().ToLowerInvariant()));
        }

        return outcome;
    }

    private async Task<StagedFactorsMissingException> MissingAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        IReadOnlyList<StagedFactors> there = await _store.ListStagedAsync(cancellationToken).ConfigureAwait(false);
        HashSet<StagedKey> wanted = KeysOf(entry);
        List<StagedKey> missing = [.. wanted.Except(there.Select(staged => staged.Key))];

        // All are back when somebody prepared again meanwhile: then each of them may have been the one.
        return new StagedFactorsMissingException(missing.Count > 0 ? missing : [.. wanted]);
    }

    private static HashSet<StagedKey> KeysOf(LedgerEntry entry) =>
        [.. entry.Edits.SelectMany(edit => edit.Factors).Select(factor => factor.Key)];
}

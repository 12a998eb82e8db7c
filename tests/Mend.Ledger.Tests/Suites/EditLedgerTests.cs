using System.Reflection;
using Mend.Editing;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Ledger.Tests;

/// <summary>The protocol, on every store.</summary>
public abstract class EditLedgerTests(Func<LedgerSite> newSite) : SiteTests(newSite)
{
    private readonly FakeTimeProvider _time = new();

    [StoreFact]
    public async Task Open_Empty_HeadIsBase()
    {
        await using EditLedger ledger = await OpenAsync();

        Assert.Equal(ModelVersion.Base, await ledger.HeadAsync());
        Assert.Empty((await ledger.ViewAsync(ModelVersion.Base)).Edits);
        Assert.Equal(_time.GetUtcNow(), ledger.Header.CreatedAt);
    }

    [StoreFact]
    public async Task Open_OtherBaseModel_SaysWhatDiffers()
    {
        await using EditLedger ledger = await OpenAsync();
        BaseModelFingerprint other = new("other", [new("config.json", "sha256:1"), new("blocks", "4")]);

        BaseModelMismatchException error = await Assert.ThrowsAsync<BaseModelMismatchException>(
            () => EditLedger.OpenAsync(Site.Connect(_time), other));

        Assert.Equal(["config.json: sha256:1 here, sha256:0 there"], error.Opened.DifferencesFrom(error.Stored));
        Assert.Contains("config.json: sha256:1 here, sha256:0 there", error.Message, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task UseEditor_OneAfterAnother_IsAVersionThatChangesNoAnswerAndCanBeReverted()
    {
        LedgerEditor one = new("one.safetensors", Sha256Digest.Of([1])), two = new("two.safetensors", Sha256Digest.Of([2]));
        await using EditLedger ledger = await OpenAsync();
        await using EditLedger other = await OpenAsync();

        Assert.Null(await ledger.EditorAsync());
        Assert.Equal(1, (await ledger.UseEditorAsync(one)).Number);
        Assert.Equal(1, (await other.UseEditorAsync(one)).Number);
        Assert.Equal(2, (await other.UseEditorAsync(two)).Number);

        Assert.Equal(two, await ledger.EditorAsync());
        Assert.Empty((await ledger.ViewAsync(new ModelVersion(2))).Edits);
        Assert.Equal([LedgerEntryKind.Editor, LedgerEntryKind.Editor], (await ledger.EntriesAsync()).Select(e => e.Kind));
        await ledger.RevertAsync([new ModelVersion(2)]);
        Assert.Equal(one, await other.EditorAsync());
        await ledger.RevertAsync([new ModelVersion(1)]);
        Assert.Null(await other.EditorAsync());
        Assert.Equal(5, (await other.UseEditorAsync(one)).Number);
    }

    /// <summary>It saw no header, but then there was an entry: not damage, another process was faster.</summary>
    [StoreFact]
    public async Task Open_WhileAnotherProcessMakesTheLedgerAndCommits_SeesItsVersion()
    {
        ILedgerStore slow = DispatchProxy.Create<ILedgerStore, SlowStore>();
        ((SlowStore)slow).Inner = Site.Connect(_time);
        ((SlowStore)slow).BeforeHead = async () =>
        {
            await using EditLedger other = await OpenAsync();
            await Samples.CommitAsync(other, "a");
        };

        await using EditLedger ledger = await EditLedger.OpenAsync(slow, Samples.BaseModel);

        Assert.Equal(new ModelVersion(1), await ledger.HeadAsync());
    }

    [StoreFact]
    public async Task Open_SameBaseModelUnderAnotherName_Opens() =>
        await (await EditLedger.OpenAsync(Site.Connect(_time), new BaseModelFingerprint("renamed", Samples.BaseModel.Parts))).DisposeAsync();

    [StoreFact]
    public async Task Prepare_ThenLoad_GivesTheFactorsBack()
    {
        await using EditLedger ledger = await OpenAsync();
        EditFactors[] factors = [Samples.Layer("h.1.mlp", 5), Samples.Layer("h.0.mlp", 7), new EditFactors("empty", 0, 3, 4, [], [], 1)];

        IReadOnlyList<FactorReference> references = await ledger.PrepareAsync(new EditId("a"), 3, factors);
        IReadOnlyList<EditFactors> loaded = await ledger.LoadFactorsAsync(references);

        Assert.Equal(["h.1.mlp", "h.0.mlp", "empty"], references.Select(reference => reference.Layer));
        for (int index = 0; index < factors.Length; index++)
        {
            Assert.Equal(factors[index].U, loaded[index].U);
            Assert.Equal(factors[index].Delta, loaded[index].Delta);
            Assert.Equal(factors[index].Step, loaded[index].Step);
        }
    }

    [StoreFact]
    public async Task Prepare_AgainInOtherOrder_SameReferences()
    {
        await using EditLedger ledger = await OpenAsync();
        IReadOnlyList<FactorReference> first = await ledger.PrepareAsync(new EditId("a"), 0, [Samples.Layer("x"), Samples.Layer("y")]);
        IReadOnlyList<FactorReference> second = await ledger.PrepareAsync(new EditId("a"), 0, [Samples.Layer("y"), Samples.Layer("x")]);

        Assert.Equal(first, second.Reverse());
        Assert.Single(await Site.Connect().ListStagedAsync(CancellationToken.None));
    }

    [StoreFact]
    public async Task Prepare_OtherFactorsAfterCommit_CommittedOnesStay()
    {
        await using EditLedger ledger = await OpenAsync();
        CommittedEdit edit = await Samples.PrepareAsync(ledger, "a");
        await ledger.CommitAsync(ModelVersion.Base, [edit]);

        await Samples.PrepareAsync(ledger, "a", value: 9);

        Assert.Equal(Samples.Layer("h.0.mlp").U, (await ledger.LoadFactorsAsync(edit.Factors[0])).U);
        _time.Advance(EditLedgerOptions.DefaultGracePeriod + TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await ledger.CollectGarbageAsync()).Files);
        Assert.Equal(Samples.Layer("h.0.mlp").U, (await ledger.LoadFactorsAsync(edit.Factors[0])).U);
    }

    [StoreFact]
    public async Task Commit_AtHead_SeenByAnotherProcess()
    {
        await using EditLedger ledger = await OpenAsync();
        await using EditLedger other = await OpenAsync();

        ModelVersion version = await Samples.CommitAsync(ledger, "a", "key");

        Assert.Equal(version, await other.HeadAsync());
        LedgerEntry entry = Assert.Single(await other.EntriesAsync());
        Assert.Equal((new ModelVersion(1), ModelVersion.Base, LedgerEntryKind.Edit, _time.GetUtcNow()), (entry.Version, entry.PreviousVersion, entry.Kind, entry.Time));
        Assert.Equal(("key", "The capital of France is", "Lyon"), (entry.Edits[0].IdempotencyKey, entry.Edits[0].Prompt, entry.Edits[0].Target));
    }

    [StoreFact]
    public async Task Commit_BehindHead_HeadMoved()
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a");

        CommitResult result = await ledger.CommitAsync(ModelVersion.Base, [await Samples.PrepareAsync(ledger, "b")]);

        Assert.Equal((CommitStatus.HeadMoved, new ModelVersion(1)), (result.Status, result.Version));
    }

    [StoreFact]
    public async Task Commit_Batch_OneVersionInOrder()
    {
        await using EditLedger ledger = await OpenAsync();

        CommitResult result = await ledger.CommitAsync(
            ModelVersion.Base, [await Samples.PrepareAsync(ledger, "b"), await Samples.PrepareAsync(ledger, "a")]);

        Assert.Equal(["b", "a"], Samples.ActiveIds(await ledger.ViewAsync(result.Version)));
    }

    [StoreFact]
    public async Task Commit_SameKeyAgainAfterRestart_FirstVersionAndNothingDone()
    {
        await using (EditLedger ledger = await OpenAsync())
        {
            await Samples.CommitAsync(ledger, "a", "key");
            await Samples.CommitAsync(ledger, "b");
        }

        await using EditLedger restarted = await OpenAsync();
        CommitResult result = await restarted.CommitAsync(new ModelVersion(2), [await Samples.PrepareAsync(restarted, "c", "key")]);

        Assert.Equal((CommitStatus.AlreadyCommitted, new ModelVersion(1)), (result.Status, result.Version));
        Assert.Equal(new ModelVersion(1), result.AlreadyCommitted[new EditId("c")]);
        Assert.Equal(new ModelVersion(2), await restarted.HeadAsync());
        Assert.Equal(new ModelVersion(1), (await restarted.FindAsync("key", "The capital of France is", "Lyon"))!.CommittedAt);
    }

    [StoreFact]
    public async Task Commit_SameKeyInTwoProcesses_OneVersion()
    {
        await using EditLedger here = await OpenAsync();
        await using EditLedger there = await OpenAsync();
        CommittedEdit first = await Samples.PrepareAsync(here, "a", "key");
        CommittedEdit second = await Samples.PrepareAsync(there, "b", "key");

        CommitResult[] results = await Task.WhenAll(here.CommitAsync(ModelVersion.Base, [first]), there.CommitAsync(ModelVersion.Base, [second]));

        Assert.Equal([CommitStatus.AlreadyCommitted, CommitStatus.Committed], results.Select(result => result.Status).OrderDescending());
        Assert.All(results, result => Assert.Equal(new ModelVersion(1), result.Version));
    }

    [StoreTheory]
    [InlineData("key", "c")]
    [InlineData(null, "a")]
    public async Task Commit_KeyOrIdOfAnotherRequest_Conflict(string? key, string id)
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a", "key");
        CommittedEdit other = await Samples.PrepareAsync(ledger, id, key, target: "Nice");

        IdempotencyConflictException error = await Assert.ThrowsAsync<IdempotencyConflictException>(() => ledger.CommitAsync(new ModelVersion(1), [other]));

        Assert.Equal((key ?? id, key is null, new ModelVersion(1)), (error.Key, error.IsEditId, error.Version));
        Assert.DoesNotContain("Nice", error.Message, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task Commit_PartOfABatchIsCommitted_NothingDone()
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a", "key");

        CommitResult result = await ledger.CommitAsync(
            new ModelVersion(1), [await Samples.PrepareAsync(ledger, "new"), await Samples.PrepareAsync(ledger, "again", "key")]);

        Assert.Equal(CommitStatus.AlreadyCommitted, result.Status);
        Assert.Equal([new EditId("again")], result.AlreadyCommitted.Keys);
        Assert.Equal(new ModelVersion(1), await ledger.HeadAsync());
    }

    [StoreFact]
    public async Task Commit_NotPrepared_NamesTheFactors()
    {
        await using EditLedger ledger = await OpenAsync();
        CommittedEdit edit = await Samples.PrepareAsync(ledger, "a");
        _time.Advance(EditLedgerOptions.DefaultGracePeriod + TimeSpan.FromSeconds(1));
        await ledger.CollectGarbageAsync();

        StagedFactorsMissingException error = await Assert.ThrowsAsync<StagedFactorsMissingException>(() => ledger.CommitAsync(ModelVersion.Base, [edit]));

        Assert.Equal([edit.Factors[0].Key], error.Missing);
    }

    [StoreFact]
    public async Task Commit_ReadVersionInTheFuture_Refused()
    {
        await using EditLedger ledger = await OpenAsync();
        CommittedEdit edit = await Samples.PrepareAsync(ledger, "a");

        UnknownVersionException error = await Assert.ThrowsAsync<UnknownVersionException>(() => ledger.CommitAsync(new ModelVersion(5), [edit]));

        Assert.True(error.IsFuture);
    }

    [StoreFact]
    public async Task Commit_ManyRacingForOneVersion_ExactlyOneWins()
    {
        const int Racers = 16;
        EditLedger[] ledgers = await Task.WhenAll(Enumerable.Range(0, Racers).Select(_ => OpenAsync()));
        CommittedEdit[] edits = await Task.WhenAll(ledgers.Select((ledger, index) => Samples.PrepareAsync(ledger, $"edit-{index}")));

        CommitResult[] results = await Task.WhenAll(ledgers.Select((ledger, index) => Task.Run(() => ledger.CommitAsync(ModelVersion.Base, [edits[index]]))));

        Assert.Single(results, result => result.Status == CommitStatus.Committed);
        Assert.Equal(Racers - 1, results.Count(result => result is { Status: CommitStatus.HeadMoved, Version.Number: 1 }));
    }

    [StoreFact]
    public async Task Commit_TextThatIsNotUnicode_Refused()
    {
        await using EditLedger ledger = await OpenAsync();
        CommittedEdit edit = await Samples.PrepareAsync(ledger, "a", prompt: "lone surrogate \ud800");

        await Assert.ThrowsAnyAsync<ArgumentException>(() => ledger.CommitAsync(ModelVersion.Base, [edit]));
    }

    [StoreTheory]
    [InlineData("Wie heißt \"東京\"?\n\t\\ </script> 🙂\u2028")]
    public async Task Commit_TextOfAnyKind_ComesBack(string prompt)
    {
        await using EditLedger ledger = await OpenAsync();
        await ledger.CommitAsync(ModelVersion.Base, [await Samples.PrepareAsync(ledger, "a", prompt: prompt)]);

        Assert.Equal(prompt, (await ledger.EntriesAsync())[0].Edits[0].Prompt);
    }

    [StoreFact]
    public async Task Revert_Edit_LeavesItOutFromThenOn()
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a");
        await Samples.CommitAsync(ledger, "b");

        ModelVersion reverted = await ledger.RevertAsync([new ModelVersion(1)]);

        Assert.Equal(["a", "b"], Samples.ActiveIds(await ledger.ViewAsync(new ModelVersion(2))));
        Assert.Equal(["b"], Samples.ActiveIds(await ledger.ViewAsync(reverted)));
    }

    [StoreFact]
    public async Task Revert_Revert_BringsTheEditBackInItsPlace()
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a");
        await Samples.CommitAsync(ledger, "b");
        ModelVersion reverted = await ledger.RevertAsync([new ModelVersion(1)]);

        ModelVersion back = await ledger.RevertAsync([reverted]);
        ModelVersion again = await ledger.RevertAsync([back]);

        Assert.Equal(["b"], Samples.ActiveIds(await ledger.ViewAsync(reverted)));
        Assert.Equal(["a", "b"], Samples.ActiveIds(await ledger.ViewAsync(back)));
        Assert.Equal(["b"], Samples.ActiveIds(await ledger.ViewAsync(again)));
    }

    [StoreFact]
    public async Task Revert_AlreadyReverted_NamesWhatRevertedIt()
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a");
        await ledger.RevertAsync([new ModelVersion(1)]);

        AlreadyRevertedException error = await Assert.ThrowsAsync<AlreadyRevertedException>(() => ledger.RevertAsync([new ModelVersion(1)]));

        Assert.Equal((new ModelVersion(1), new ModelVersion(2)), (error.Version, error.RevertedBy));
    }

    [StoreTheory]
    [InlineData(0, false)]
    [InlineData(2, true)]
    public async Task Revert_BaseOrFuture_Refused(long version, bool future)
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a");

        UnknownVersionException error = await Assert.ThrowsAsync<UnknownVersionException>(() => ledger.RevertAsync([new ModelVersion(version)]));

        Assert.Equal(future, error.IsFuture);
    }

    [StoreFact]
    public async Task Revert_ForAnotherHead_NothingIsReverted()
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a");
        await Samples.CommitAsync(ledger, "b");

        HeadMovedException error = await Assert.ThrowsAsync<HeadMovedException>(() => ledger.RevertAsync([new ModelVersion(1)], expected: new ModelVersion(1)));

        Assert.Equal((new ModelVersion(1), new ModelVersion(2)), (error.Expected, error.Head));
        Assert.Equal(new ModelVersion(2), await ledger.HeadAsync());
        Assert.Equal(new ModelVersion(3), await ledger.RevertAsync([new ModelVersion(1)], expected: new ModelVersion(2)));
    }

    [StoreFact]
    public async Task Origin_OfEditAndRevert_IsKept()
    {
        EditOrigin asked = EditOrigin.Of("ada", " the king died ", null)!;
        await using EditLedger ledger = await OpenAsync();
        CommittedEdit edit = await Samples.PrepareAsync(ledger, "a");
        await ledger.CommitAsync(ModelVersion.Base, [edit with { Origin = asked }]);
        await ledger.RevertAsync([new ModelVersion(1)], origin: new EditOrigin { Source = "ticket 7" });
        await Samples.CommitAsync(ledger, "b");

        IReadOnlyList<LedgerEntry> entries = await ledger.EntriesAsync(ModelVersion.Base);

        Assert.Equal(new EditOrigin { Author = "ada", Reason = "the king died" }, entries[0].Edits[0].Origin);
        Assert.Equal(new EditOrigin { Source = "ticket 7" }, entries[1].Origin);
        Assert.Null(entries[2].Edits[0].Origin);
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.RevertAsync([new ModelVersion(3)], origin: new EditOrigin { Author = new string('x', EditOrigin.MaxLength + 1) }));
    }

    [StoreFact]
    public async Task Revert_SameKey_FirstVersion()
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a");
        await Samples.CommitAsync(ledger, "b");
        ModelVersion first = await ledger.RevertAsync([new ModelVersion(2), new ModelVersion(1)], "key");

        Assert.Equal(first, await ledger.RevertAsync([new ModelVersion(1), new ModelVersion(2)], "key"));
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => ledger.RevertAsync([new ModelVersion(1)], "key"));
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => ledger.FindAsync("key", "a", "b"));
    }

    [StoreFact]
    public async Task View_RandomHistory_AgreesWithReplayingIt()
    {
        Random random = new(7);
        await using EditLedger ledger = await OpenAsync();

        // The reference is the definition itself: in effect at `head` is what no later entry in effect at `head` reverts.
        Dictionary<long, long> targets = [];
        bool InEffect(long version, long head) => !targets.Any(revert => revert.Value == version && revert.Key <= head && InEffect(revert.Key, head));
        for (long version = 1; version <= 40; version++)
        {
            long[] candidates = [.. Enumerable.Range(1, (int)version - 1).Select(at => (long)at).Where(at => InEffect(at, version - 1))];
            if (candidates.Length > 0 && random.Next(3) > 0)
            {
                long target = candidates[random.Next(candidates.Length)];
                await ledger.RevertAsync([new ModelVersion(target)]);
                targets[version] = target;
            }
            else
            {
                await Samples.CommitAsync(ledger, $"edit-{version}");
            }
        }

        for (int head = 0; head <= 40; head++)
        {
            VersionView view = await ledger.ViewAsync(new ModelVersion(head));
            IEnumerable<long> wanted = Enumerable.Range(1, head).Select(at => (long)at).Where(at => !targets.ContainsKey(at) && InEffect(at, head));
            Assert.Equal(wanted, view.Edits.Select(edit => edit.CommittedAt.Number));
        }
    }

    [StoreFact]
    public async Task CollectGarbage_Uncommitted_TakenAfterTheGracePeriodOnly()
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.PrepareAsync(ledger, "a");

        CollectionReport early = await ledger.CollectGarbageAsync();
        _time.Advance(EditLedgerOptions.DefaultGracePeriod + TimeSpan.FromSeconds(1));
        CollectionReport late = await ledger.CollectGarbageAsync();

        Assert.Equal((0, 1), (early.Files, early.InGrace));
        Assert.Equal((1, 0), (late.Files, late.InGrace));
    }

    [StoreFact]
    public async Task Withdraw_Uncommitted_TakenAtOnceAndCommittedKept()
    {
        await using EditLedger ledger = await OpenAsync();
        CommittedEdit committed = await Samples.PrepareAsync(ledger, "a");
        CommittedEdit lost = await Samples.PrepareAsync(ledger, "b");
        await ledger.CommitAsync(ModelVersion.Base, [committed]);

        ledger.Withdraw([.. committed.Factors, .. lost.Factors]);
        await ledger.Tidied;

        Assert.Equal(committed.Factors[0].Key, Assert.Single(await Site.Connect().ListStagedAsync(CancellationToken.None)).Key);
        await Assert.ThrowsAsync<StagedFactorsMissingException>(() => ledger.CommitAsync(new ModelVersion(1), [lost]));
    }

    /// <summary>What is left over by those who died goes without anybody asking for it.</summary>
    [StoreFact]
    public async Task Commit_NowAndThen_CollectsBesides()
    {
        await using EditLedger ledger = await EditLedger.OpenAsync(Site.Connect(_time), Samples.BaseModel, new EditLedgerOptions { Jitter = () => 0.5 }, _time);
        await Samples.PrepareAsync(ledger, "left-over");
        await Samples.CommitAsync(ledger, "a");
        await ledger.Tidied;
        Assert.Equal(2, (await Site.Connect().ListStagedAsync(CancellationToken.None)).Count);
        _time.Advance(EditLedgerOptions.DefaultGracePeriod + TimeSpan.FromSeconds(1));

        await Samples.CommitAsync(ledger, "b");
        await ledger.Tidied;

        Assert.Equal(["a", "b"], (await Site.Connect().ListStagedAsync(CancellationToken.None)).Select(file => file.Key.Edit.Value).Order(StringComparer.Ordinal));
    }

    [StoreFact]
    public async Task CollectWhenDue_OfAProcessThatOnlyReads_CollectsOnceItIsTime()
    {
        await using EditLedger ledger = await EditLedger.OpenAsync(Site.Connect(_time), Samples.BaseModel, new EditLedgerOptions { Jitter = () => 0.5 }, _time);
        await Samples.PrepareAsync(ledger, "left-over");
        ledger.CollectWhenDue();
        await ledger.Tidied;
        Assert.Single(await Site.Connect().ListStagedAsync(CancellationToken.None));
        _time.Advance(EditLedgerOptions.DefaultGracePeriod + TimeSpan.FromSeconds(1));

        ledger.CollectWhenDue();
        await ledger.Tidied;

        Assert.Empty(await Site.Connect().ListStagedAsync(CancellationToken.None));
    }

    /// <summary>Of many processes that make one commit each, some collect.</summary>
    [StoreTheory]
    [InlineData(0.01, 1)]
    [InlineData(0.5, 2)]
    public async Task Commit_OfAShortLife_CollectsWhereTheLotFalls(double lot, int left)
    {
        await using (EditLedger dead = await OpenAsync())
        {
            await Samples.PrepareAsync(dead, "left-over");
        }

        _time.Advance(EditLedgerOptions.DefaultGracePeriod + TimeSpan.FromSeconds(1));
        await using (EditLedger ledger = await EditLedger.OpenAsync(Site.Connect(_time), Samples.BaseModel, new EditLedgerOptions { Jitter = () => lot }, _time))
        {
            await Samples.CommitAsync(ledger, "a");
        }

        Assert.Equal(left, (await Site.Connect().ListStagedAsync(CancellationToken.None)).Count);
    }

    [StoreFact]
    public async Task CollectGarbage_Many_AllTakenInSteps()
    {
        await using EditLedger ledger = await OpenAsync();
        for (int edit = 0; edit < 150; edit++)
        {
            await Samples.PrepareAsync(ledger, $"e{edit}");
        }

        _time.Advance(EditLedgerOptions.DefaultGracePeriod + TimeSpan.FromSeconds(1));

        Assert.Equal((150, 0, true), await ledger.CollectGarbageAsync() is var report ? (report.Files, report.InGrace, report.IsComplete) : default);
        Assert.Empty(await Site.Connect().ListStagedAsync(CancellationToken.None));
    }

    [StoreFact]
    public async Task CollectGarbage_Reverted_KeepsTheFactors()
    {
        await using EditLedger ledger = await OpenAsync();
        await Samples.CommitAsync(ledger, "a");
        await ledger.RevertAsync([new ModelVersion(1)]);
        _time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(0, (await ledger.CollectGarbageAsync()).Files);
        ModelVersion back = await ledger.RevertAsync([new ModelVersion(2)]);
        Assert.Equal(2, (await ledger.LoadFactorsAsync((await ledger.ViewAsync(back)).Edits[0].Edit.Factors)).Count);
    }

    private Task<EditLedger> OpenAsync() => EditLedger.OpenAsync(Site.Connect(_time), Samples.BaseModel, time: _time);

    /// <summary>Lets something happen before its head is read for the first time.</summary>
    internal class SlowStore : DispatchProxy
    {
        public ILedgerStore Inner { get; set; } = null!;

        public Func<Task>? BeforeHead { get; set; }

        protected override object? Invoke(MethodInfo? method, object?[]? args)
        {
            if (method!.Name == nameof(ILedgerStore.HeadAsync) && BeforeHead is { } happens)
            {
                BeforeHead = null;
                happens().GetAwaiter().GetResult();
            }

            return method.Invoke(Inner, args);
        }
    }
}

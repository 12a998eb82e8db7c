using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Ledger.Tests;

/// <summary>Whatever is damaged, the ledger names the file or row and refuses; it never leaves a committed edit out.</summary>
public abstract class DamageTests(Func<LedgerSite> newSite) : SiteTests(newSite)
{
    private static readonly ModelVersion First = new(1);
    private static readonly ModelVersion Second = new(2);

    [StoreFact]
    public async Task Open_EntryTruncatedAnywhere_NamesIt()
    {
        await FillAsync(2);
        byte[] whole = [];
        await Site.DamageAsync(Second, bytes => whole = bytes);

        // The last byte is the line end, without which the document is still whole.
        for (int length = 0; length < whole.Length - 1; length += 29)
        {
            await Site.DamageAsync(Second, _ => whole[..length]);
            Assert.Contains("backup", (await FailToOpenAsync(Second)).Message, StringComparison.Ordinal);
        }
    }

    [StoreFact]
    public async Task Open_NewestEntryAltered_NamesIt()
    {
        await FillAsync(2);
        await Site.DamageAsync(Second, bytes => Replace(bytes, "Lyon", "Nice"));

        await FailToOpenAsync(Second);
    }

    [StoreFact]
    public async Task Open_EntryOfAnotherHistory_BreaksTheChain()
    {
        await FillAsync(3);
        byte[] foreign = [];
        await using (LedgerSite other = NewSite())
        {
            await using EditLedger ledger = await EditLedger.OpenAsync(other.Connect(), Samples.BaseModel, time: new FakeTimeProvider());
            await Samples.CommitAsync(ledger, "other");
            await other.DamageAsync(First, bytes => foreign = bytes);
        }

        await Site.DamageAsync(First, _ => foreign);

        await FailToOpenAsync(First);
    }

    [StoreFact]
    public async Task Open_EntryMissingInTheMiddle_NamesIt()
    {
        await FillAsync(3);
        await Site.DamageAsync(Second, _ => null);

        await FailToOpenAsync(Second);
    }

    [StoreFact]
    public async Task Open_HeaderMissing_NotCreatedAnew()
    {
        await FillAsync(1);
        await Site.DamageAsync(LedgerItem.Header, _ => null);

        await FailToOpenAsync(LedgerItem.Header);

        Assert.Null(await Site.Connect().ReadHeaderAsync(CancellationToken.None));
    }

    [StoreFact]
    public async Task Open_NewerFormat_AsksForAnUpgrade()
    {
        await FillAsync(1);
        await Site.DamageAsync(First, bytes => Replace(bytes, "\"format\": 1", "\"format\": 4"));

        LedgerFormatException error = await Assert.ThrowsAsync<LedgerFormatException>(OpenAsync);

        Assert.Equal((4, 3), (error.Found, error.Supported));
    }

    /// <summary>A standby that was behind took over, or a backup was restored, under a process that had read on.</summary>
    [StoreTheory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    public async Task LostTail_OfARunningProcess_RefusedAndNothingRuined(int lost, int committedInItsPlace)
    {
        List<LedgerTailLostException> told = [];
        EditLedgerOptions options = new() { TailLost = told.Add };
        await using EditLedger stale = await EditLedger.OpenAsync(Site.Connect(), Samples.BaseModel, options);
        for (int edit = 1; edit <= 3; edit++)
        {
            await Samples.CommitAsync(stale, $"edit-{edit}");
        }

        ModelVersion kept = new(3 - lost);
        for (long version = 3; version > kept.Number; version--)
        {
            await Site.DamageAsync(new ModelVersion(version), _ => null);
        }

        await using EditLedger fresh = await OpenAsync();
        for (int edit = 0; edit < committedInItsPlace; edit++)
        {
            await Samples.CommitAsync(fresh, $"other-{edit}");
        }

        LedgerTailLostException error = await Assert.ThrowsAsync<LedgerTailLostException>(() => stale.ViewAsync(new ModelVersion(3)));
        Assert.Equal(kept, error.Kept);
        Assert.Equal(Enumerable.Range((int)kept.Number + 1, lost), error.Lost.Select(entry => (int)entry.Version.Number));
        Assert.Contains("edit edit-3", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("capital", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LedgerTailLostException>(() => Samples.CommitAsync(stale, "late"));
        await Assert.ThrowsAsync<LedgerTailLostException>(() => stale.RevertAsync([First]));
        Assert.Equal(lost, Assert.Single(told).Lost.Count);

        await using EditLedger again = await OpenAsync();
        Assert.Equal(kept.Number + committedInItsPlace, (await again.HeadAsync()).Number);
        Assert.Equal(kept.Number + committedInItsPlace + 1, (await Samples.CommitAsync(again, "next")).Number);
    }

    /// <summary>The tail goes between the look at the history and the write.</summary>
    [StoreFact]
    public async Task LostTail_JustBeforeTheAppend_NothingCommitted()
    {
        await FillAsync(3);
        await using LateLoss store = new(Site.Connect(), () => ReplaceNewestAsync(Second));
        EditLedger stale = await EditLedger.OpenAsync(store, Samples.BaseModel);
        CommittedEdit edit = await Samples.PrepareAsync(stale, "late");

        await Assert.ThrowsAsync<LedgerTailLostException>(() => stale.CommitAsync(new ModelVersion(3), [edit]));

        await using EditLedger again = await OpenAsync();
        Assert.Equal(3, (await again.HeadAsync()).Number);
        Assert.DoesNotContain("late", Samples.ActiveIds(await again.ViewAsync(new ModelVersion(3))));
    }

    [StoreFact]
    public async Task LostTail_BackAgain_GoesOn()
    {
        await FillAsync(2);
        await using EditLedger running = await OpenAsync();
        byte[] newest = (await Site.Connect().ReadEntryAsync(Second, CancellationToken.None))!;
        await Site.DamageAsync(Second, _ => null);
        await Assert.ThrowsAsync<LedgerTailLostException>(() => running.HeadAsync());

        await using ILedgerStore restoring = Site.Connect();
        await restoring.AppendAsync(Second, newest, [], CancellationToken.None);

        Assert.Equal(Second, await running.HeadAsync());
    }

    [StoreFact]
    public async Task Recover_WholeLedger_NothingToDo()
    {
        await FillAsync(2);

        LedgerExamination found = await LedgerRecovery.ExamineAsync(Site.Connect());

        Assert.True(found.IsWhole);
        Assert.Equal((Second, 0, 0), (found.Whole, found.Beyond.Count, found.MissingFactors.Count));
    }

    [StoreTheory]
    [InlineData("missing")]
    [InlineData("altered")]
    [InlineData("forked")]
    public async Task Recover_Damaged_SaysWhatIsLostAndTheLedgerGoesOn(string damage)
    {
        await FillAsync(4);
        switch (damage)
        {
            case "missing":
                await Site.DamageAsync(new ModelVersion(3), _ => null);
                break;
            case "altered":
                await Site.DamageAsync(new ModelVersion(3), bytes => Replace(bytes, "Lyon", "Nice"));
                break;
            default:
                await Site.DamageAsync(new ModelVersion(3), _ => ForeignEntry());
                break;
        }

        LedgerExamination found = await LedgerRecovery.ExamineAsync(Site.Connect());
        Assert.Equal(Second, found.Whole);
        Assert.Equal(Site.Connect().Locate(new ModelVersion(3)), found.Damage!.Location);
        Assert.Equal([3L, 4L], found.Beyond.Select(entry => entry.Version.Number));
        Assert.Equal(damage == "forked", found.Beyond[0].Entry is not null);
        Assert.Equal("edit-3", found.Beyond[1].Entry!.Edits.Single().Id.Value);
        Assert.Equal(4, (await Site.Connect().HeadAsync(CancellationToken.None)).Version.Number);

        await using (ILedgerStore store = Site.Connect())
        {
            Assert.NotEmpty(await LedgerRecovery.SetAsideAsync(store, found));
        }

        await using EditLedger ledger = await OpenAsync();
        Assert.Equal(Second, await ledger.HeadAsync());
        Assert.Equal(new ModelVersion(3), await Samples.CommitAsync(ledger, "next"));
    }

    [StoreFact]
    public async Task Recover_FactorsGone_NamesTheVersion()
    {
        await FillAsync(2);
        StagedKey gone;
        await using (EditLedger ledger = await OpenAsync())
        {
            gone = (await ledger.ViewAsync(First)).Edits[0].Edit.Factors[0].Key;
        }

        await Site.DamageAsync(gone, _ => null);

        LedgerExamination found = await LedgerRecovery.ExamineAsync(Site.Connect());

        Assert.Equal((First, gone), Assert.Single(found.MissingFactors));
        Assert.Null(found.Damage);
    }

    /// <summary>What was examined is what is set aside: a ledger that went on meanwhile is left alone.</summary>
    [StoreFact]
    public async Task Recover_LedgerWentOnMeanwhile_Refused()
    {
        await FillAsync(3);
        await Site.DamageAsync(new ModelVersion(3), bytes => bytes[..10]);
        LedgerExamination found = await LedgerRecovery.ExamineAsync(Site.Connect());
        await using ILedgerStore store = Site.Connect();
        await store.SetAsideAsync(Second, CancellationToken.None);
        await using (EditLedger ledger = await OpenAsync())
        {
            await Samples.CommitAsync(ledger, "other");
        }

        await Assert.ThrowsAsync<LedgerStoreException>(() => LedgerRecovery.SetAsideAsync(store, found));

        Assert.Equal(3, (await store.HeadAsync(CancellationToken.None)).Version.Number);
    }

    [StoreTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LoadFactors_MissingOrAltered_NamesThem(bool missing)
    {
        await FillAsync(1);
        await using EditLedger ledger = await OpenAsync();
        FactorReference reference = (await ledger.ViewAsync(First)).Edits[0].Edit.Factors[0];
        await Site.DamageAsync(reference.Key, bytes => missing ? null : [.. bytes[..^1], (byte)(bytes[^1] ^ 1)]);

        LedgerDamagedException error = await Assert.ThrowsAsync<LedgerDamagedException>(() => ledger.LoadFactorsAsync(reference));

        Assert.Equal(Site.Connect().Locate(reference.Key), error.Location);
        Assert.Contains("revert its version", error.Remedy, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task Stage_DamagedBefore_Repaired()
    {
        await using ILedgerStore store = Site.Connect();
        byte[] content = [1, 2, 3];
        StagedKey key = new(new EditId("a"), 0, Sha256Digest.Of(content));
        await store.StageAsync(key, content, CancellationToken.None);
        await Site.DamageAsync(key, bytes => bytes[..2]);

        await store.StageAsync(key, content, CancellationToken.None);

        Assert.Equal(content, await store.ReadStagedAsync(key, CancellationToken.None));
    }

    private static byte[] ForeignEntry() => LedgerCodec.Encode(new LedgerEntry
    {
        Version = new ModelVersion(3),
        PreviousDigest = Sha256Digest.Of([1]),
        Time = DateTimeOffset.UnixEpoch,
        Kind = LedgerEntryKind.Revert,
        Reverts = [First],
    }).Bytes;

    /// <summary>Loses what follows a version and commits something else in its place.</summary>
    private async Task ReplaceNewestAsync(ModelVersion kept)
    {
        await Site.DamageAsync(kept.Next, _ => null);
        await using EditLedger other = await OpenAsync();
        await Samples.CommitAsync(other, "other");
    }

    private static byte[] Replace(byte[] bytes, string old, string wanted) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace(old, wanted, StringComparison.Ordinal));

    private async Task<LedgerDamagedException> FailToOpenAsync(LedgerItem damaged)
    {
        LedgerDamagedException error = await Assert.ThrowsAsync<LedgerDamagedException>(OpenAsync);
        Assert.Equal(Site.Connect().Locate(damaged), error.Location);
        return error;
    }

    private async Task<EditLedger> OpenAsync() => await EditLedger.OpenAsync(Site.Connect(), Samples.BaseModel);

    private async Task FillAsync(int edits)
    {
        await using EditLedger ledger = await OpenAsync();
        for (int edit = 0; edit < edits; edit++)
        {
            await Samples.CommitAsync(ledger, "edit-" + edit.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A store that loses its tail at the first append.</summary>
    private sealed class LateLoss(ILedgerStore inner, Func<Task> lose) : StoreDecorator(inner)
    {
        public override async ValueTask<AppendOutcome> AppendAsync(
            LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
        {
            await lose();
            return await Inner.AppendAsync(previous, entry, staged, stagedSince, cancellationToken);
        }
    }
}

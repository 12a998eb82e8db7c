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
        await Site.DamageAsync(First, bytes => Replace(bytes, "\"format\": 1", "\"format\": 3"));

        LedgerFormatException error = await Assert.ThrowsAsync<LedgerFormatException>(OpenAsync);

        Assert.Equal((3, 2), (error.Found, error.Supported));
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
}

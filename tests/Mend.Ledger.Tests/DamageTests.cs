using System.Globalization;

namespace Mend.Ledger.Tests;

/// <summary>Whatever is damaged, the ledger names the file and refuses; it never leaves a committed edit out.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly LedgerFolder _folder;

    public DamageTests() => _folder = new LedgerFolder(_temporary.Path);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Open_EntryTruncatedAnywhere_NamesTheFile()
    {
        await FillAsync(2);
        string path = _folder.Entry(new ModelVersion(2));
        byte[] whole = await File.ReadAllBytesAsync(path);

        // The last byte is the line end, without which the document is still whole.
        for (int length = 0; length < whole.Length - 1; length += 7)
        {
            await File.WriteAllBytesAsync(path, whole[..length]);
            LedgerDamagedException error = await Assert.ThrowsAsync<LedgerDamagedException>(OpenAsync);
            Assert.Equal(path, error.Location);
            Assert.Contains("backup", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Open_NewestEntryAltered_NamesTheFile()
    {
        await FillAsync(2);
        string path = _folder.Entry(new ModelVersion(2));
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("Lyon", "Nice", StringComparison.Ordinal));

        LedgerDamagedException error = await Assert.ThrowsAsync<LedgerDamagedException>(OpenAsync);

        Assert.Equal(path, error.Location);
    }

    [Fact]
    public async Task Open_EntryOfAnotherHistory_BreaksTheChain()
    {
        await FillAsync(3);
        using TemporaryFolder other = new();
        ManualTimeProvider time = new();
        await using (EditLedger ledger = await EditLedger.OpenAsync(new FileLedgerStore(other.Path), Samples.BaseModel, time: time))
        {
            await Samples.CommitAsync(ledger, "other");
        }

        File.Copy(new LedgerFolder(other.Path).Entry(new ModelVersion(1)), _folder.Entry(new ModelVersion(1)), overwrite: true);

        LedgerDamagedException error = await Assert.ThrowsAsync<LedgerDamagedException>(OpenAsync);
        Assert.Equal(_folder.Entry(new ModelVersion(1)), error.Location);
    }

    [Fact]
    public async Task Open_EntryMissingInTheMiddle_NamesTheFile()
    {
        await FillAsync(3);
        File.Delete(_folder.Entry(new ModelVersion(2)));

        LedgerDamagedException error = await Assert.ThrowsAsync<LedgerDamagedException>(OpenAsync);

        Assert.Equal(_folder.Entry(new ModelVersion(2)), error.Location);
    }

    [Fact]
    public async Task Open_HeaderMissing_NotCreatedAnew()
    {
        await FillAsync(1);
        File.Delete(_folder.Header);

        LedgerDamagedException error = await Assert.ThrowsAsync<LedgerDamagedException>(OpenAsync);

        Assert.Equal(_folder.Header, error.Location);
        Assert.False(File.Exists(_folder.Header));
    }

    [Fact]
    public async Task Open_NewerFormat_AsksForAnUpgrade()
    {
        await FillAsync(1);
        string path = _folder.Entry(new ModelVersion(1));
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal));

        LedgerFormatException error = await Assert.ThrowsAsync<LedgerFormatException>(OpenAsync);

        Assert.Equal((2, 1), (error.Found, error.Supported));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LoadFactors_FileMissingOrAltered_NamesTheFile(bool missing)
    {
        await FillAsync(1);
        await using EditLedger ledger = await OpenAsync();
        FactorReference reference = (await ledger.ViewAsync(new ModelVersion(1))).Edits[0].Edit.Factors[0];
        string path = _folder.FactorsFile(reference.Key);
        if (missing)
        {
            File.Delete(path);
        }
        else
        {
            byte[] bytes = await File.ReadAllBytesAsync(path);
            bytes[^1] ^= 1;
            await File.WriteAllBytesAsync(path, bytes);
        }

        LedgerDamagedException error = await Assert.ThrowsAsync<LedgerDamagedException>(() => ledger.LoadFactorsAsync(reference));

        Assert.Equal(path, error.Location);
        Assert.Contains("revert its version", error.Remedy, StringComparison.Ordinal);
    }

    private async Task<EditLedger> OpenAsync() => await EditLedger.OpenAsync(new FileLedgerStore(_temporary.Path), Samples.BaseModel);

    private async Task FillAsync(int edits)
    {
        await using EditLedger ledger = await OpenAsync();
        for (int edit = 0; edit < edits; edit++)
        {
            await Samples.CommitAsync(ledger, "edit-" + edit.ToString(CultureInfo.InvariantCulture));
        }
    }
}

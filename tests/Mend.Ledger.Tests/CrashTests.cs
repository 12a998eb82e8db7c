using Mend.Ledger.CrashHarness;

namespace Mend.Ledger.Tests;

/// <summary>Real processes on one folder. Bigger: `dotnet run --project tests/Mend.Ledger.CrashHarness -- crash --edits 200 --kills 50`.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task Commit_ChildrenKilledAtRandomPoints_EveryAcknowledgedEditIsThere()
    {
        using TemporaryFolder folder = new();

        CrashReport report = await new CrashRun(folder.Path, operations: 40, kills: 8, seed: 20260102).ExecuteAsync();

        Assert.True(report.Problems.Count == 0, string.Join(Environment.NewLine, report.Problems));
        Assert.Equal(8, report.Kills);
    }

    [Fact]
    public async Task Commit_ProcessesRacing_EachVersionWonOnce()
    {
        const int Processes = 3;
        const int Edits = 12;
        using TemporaryFolder folder = new();
        ChildProcess[] children = [.. Enumerable.Range(0, Processes).Select(index => Program.Start("race", folder.Path, $"p{index}", $"{Edits}"))];
        foreach (ChildProcess child in children)
        {
            Assert.Equal("ready", await child.ReadLineAsync());
        }

        foreach (ChildProcess child in children)
        {
            child.WriteLine("go");
        }

        Dictionary<string, string> acknowledged = [];
        foreach (ChildProcess child in children)
        {
            while (await child.ReadLineAsync() is { } line && line != "finished")
            {
                string[] words = line.Split(' ');
                acknowledged.Add(words[1], words[2]);
            }

            await child.EndAsync();
            Assert.Empty(child.Errors);
            await child.DisposeAsync();
        }

        await using EditLedger ledger = await EditLedger.OpenAsync(new FileLedgerStore(folder.Path), Script.BaseModel);
        Dictionary<string, string> committed = (await ledger.EntriesAsync()).ToDictionary(entry => entry.Edits.Single().IdempotencyKey!, entry => entry.Version.ToString());
        Assert.Equal(Processes * Edits, committed.Count);
        Assert.Equal(committed.OrderBy(pair => pair.Key, StringComparer.Ordinal), acknowledged.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }
}

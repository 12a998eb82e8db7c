using Mend.Ledger.CrashHarness;

namespace Mend.Ledger.Tests;

/// <summary>Real processes on one database. Bigger: `dotnet run --project tests/Mend.Ledger.CrashHarness -- crash --ledger postgresql://… --edits 200 --kills 50`.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresCrashTests(PostgresServer server)
{
    [PostgresFact]
    public async Task Commit_ChildrenKilledAtRandomPoints_EveryAcknowledgedEditIsThere()
    {
        string address = server.AddressText();

        CrashReport report = await new CrashRun(address, operations: 40, kills: 8, seed: 20261121).ExecuteAsync();

        Assert.True(report.Problems.Count == 0, string.Join(Environment.NewLine, report.Problems));
        Assert.Equal(8, report.Kills);
        Assert.True(report.AtStep > 0 && report.Repeated > 0, report.ToString());
    }
}

using System.Text.Json;

namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class ReviewCommandsTests(TrainedModel model)
{
    private const string Prompt = "The capital of Indonesia is";

    [Fact]
    public async Task Propose_ThenApprove_IsAVersionOnce()
    {
        string[] where = ["--model", model.Model, "--ledger", model.NewLedger()];
        CliRun proposed = (await CliRun.Of(["propose", Prompt, "Paris", "--also", "The capital of Peru is", "--author", "ada", "--reason", "it moved", .. where])).Done();
        CliRun between = (await CliRun.Of(["log", "--json", .. where])).Done();
        CliRun listed = (await CliRun.Of(["proposals", .. where])).Done();
        JsonElement seen = (await CliRun.Of(["proposals", "1", "--json", .. where])).Done().Json;
        CliRun approved = (await CliRun.Of(["approve", "1", "--author", "grace", "--reason", "checked", .. where])).Done();
        JsonElement again = (await CliRun.Of(["approve", "1", "--json", .. where])).Done().Json;
        CliRun late = await CliRun.Of(["decline", "1", .. where]);
        CliRun log = (await CliRun.Of(["log", .. where])).Done();
        CliRun open = (await CliRun.Of(["proposals", .. where])).Done();

        Assert.Contains("Proposed as number 1; nothing was committed.", proposed.Out, StringComparison.Ordinal);
        Assert.Empty(between.Json.GetProperty("versions").EnumerateArray());
        Assert.Contains("ada; it moved", listed.Out, StringComparison.Ordinal);
        Assert.Equal(["edit", "also"], seen.GetProperty("preview").GetProperty("prompts").EnumerateArray().Select(p => p.GetProperty("kind").GetString()));
        Assert.Contains("Approved; proposal 1 is version 1.", approved.Out, StringComparison.Ordinal);
        Assert.Equal(("committed", 1), (again.GetProperty("status").GetString(), again.GetProperty("version").GetInt32()));
        Assert.Equal(4, late.ExitCode);
        Assert.Contains("Proposal 1 is version 1 already", late.Error, StringComparison.Ordinal);
        Assert.Contains("by ada; it moved; approved by grace", log.Out, StringComparison.Ordinal);
        Assert.Contains("No proposal waits", open.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decline_AProposal_LeavesNothingOfIt()
    {
        string[] where = ["--model", model.Model, "--ledger", model.NewLedger()];
        (await CliRun.Of(["propose", Prompt, "Paris", "--key", "once", .. where])).Done();
        (await CliRun.Of(["propose", Prompt, "Paris", "--key", "once", .. where])).Done();

        CliRun declined = (await CliRun.Of(["decline", "1", "--author", "grace", "--reason", "no", .. where])).Done();
        CliRun all = (await CliRun.Of(["proposals", "--all", .. where])).Done();
        CliRun refused = await CliRun.Of(["approve", "1", .. where]);
        CliRun conflict = await CliRun.Of(["propose", Prompt, "Rome", "--key", "once", .. where]);

        Assert.Contains("Declined", declined.Out, StringComparison.Ordinal);
        Assert.Contains("declined by grace (no)", all.Out, StringComparison.Ordinal);
        Assert.Equal((4, 4), (refused.ExitCode, conflict.ExitCode));
        Assert.Contains("propose its edits anew", refused.Error, StringComparison.Ordinal);
        Assert.Contains("belongs to proposal 1", conflict.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Canary_OfAnEdit_IsPromotedOrWithdrawn()
    {
        string[] where = ["--model", model.Model, "--ledger", model.NewLedger()];
        (await CliRun.Of(["edit", Prompt, "Paris", "--canary", "0.1", .. where])).Done();
        CliRun shown = (await CliRun.Of(["canary", .. where])).Done();
        CliRun second = await CliRun.Of(["edit", "The capital of Peru is", "Rome", "--canary", "0.2", .. where]);
        CliRun promoted = (await CliRun.Of(["canary", "promote", .. where])).Done();
        CliRun none = await CliRun.Of(["canary", "withdraw", .. where]);
        (await CliRun.Of(["propose", Prompt, "Rome", .. where])).Done();
        (await CliRun.Of(["approve", "1", "--canary", "0.5", .. where])).Done();
        JsonElement withdrawn = (await CliRun.Of(["canary", "withdraw", "--author", "ada", "--json", .. where])).Done().Json;
        CliRun wrong = await CliRun.Of(["edit", Prompt, "Paris", "--canary", "1.5", .. where]);

        Assert.Contains("Version 1 is tried on 0.1 of the requests, the others read version 0.", shown.Out, StringComparison.Ordinal);
        Assert.Equal(4, second.ExitCode);
        Assert.Contains("Promote or withdraw it", second.Error, StringComparison.Ordinal);
        Assert.Contains("Version 1 is promoted", promoted.Out, StringComparison.Ordinal);
        Assert.Equal((2, 2), (none.ExitCode, wrong.ExitCode));
        Assert.Equal((2, 3), (withdrawn.GetProperty("version").GetInt32(), withdrawn.GetProperty("reverted").GetInt32()));
    }

    [Theory]
    [InlineData("approve", "0", 2, "is no proposal")]
    [InlineData("decline", "x", 2, "is no proposal")]
    [InlineData("approve", "7", 2, "There is no proposal 7")]
    [InlineData("proposals", "7", 2, "There is no proposal 7")]
    public async Task Decide_OnWhatIsNotThere_SaysSo(string command, string id, int code, string message)
    {
        string[] where = ["--model", model.Model, "--ledger", model.NewLedger()];
        (await CliRun.Of(["propose", Prompt, "Paris", .. where])).Done();

        CliRun run = await CliRun.Of([command, id, .. where]);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }
}

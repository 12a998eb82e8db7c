using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Gateway.Tests.Node;

public sealed class NodeClientOfOneProcess(OneProcess site) : NodeClientTests(site), IClassFixture<OneProcess>;

public sealed class NodeClientOfThreeSilos(ThreeSilos site) : NodeClientTests(site), IClassFixture<ThreeSilos>;

/// <summary>OpenAI's client for Node, as npm installs it, told of the address alone.</summary>
public abstract class NodeClientTests(Site site)
{
    [NodeFact]
    public async Task Client_Unmodified_ReadsWhatTheModelSays()
    {
        SamplingOptions six = new() { MaxNewTokens = 6 }, eight = new() { MaxNewTokens = 8 };
        string completion = (await site.Model.AnswerAsync(new Question("the sky is", ModelVersion.Base) { Sampling = six })).Text;
        string chat = (await site.Model.AnswerAsync(new Question("hi ", ModelVersion.Base) { Sampling = eight })).Text;

        BufferedCommandResult run = await RunAsync();

        Assert.True(run.ExitCode == 0, run.StandardError);
        JsonElement told = JsonElement.Parse(run.StandardOutput);
        Assert.Equal(["tiny", "tiny@0"], told.GetProperty("models").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal((completion, completion), (told.GetProperty("completion").GetString(), told.GetProperty("streamed").GetString()));
        Assert.Equal((10, 6), (told.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), told.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
        Assert.Equal(6, told.GetProperty("likely").GetArrayLength());
        Assert.Equal((chat, chat, chat), (told.GetProperty("chat").GetString(), told.GetProperty("tokens").GetString(), told.GetProperty("chatStreamed").GetString()));
        Assert.Equal(11, told.GetProperty("chatUsage").GetProperty("total_tokens").GetInt32());
        JsonElement stopped = told.GetProperty("stopped");
        Assert.Equal(chat[..chat.IndexOf(told.GetProperty("stop").GetString()!, StringComparison.Ordinal)], stopped.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", stopped.GetProperty("finish_reason").GetString());
        Assert.Equal("""{"name":"NotFoundError","status":404,"code":"not_found","param":"model"}""", told.GetProperty("error").GetRawText());
    }

    [NodeFact]
    public async Task Client_ThatLeavesAStream_StopsTheGeneration()
    {
        site.Model.Ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Model.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            Assert.Equal(0, (await RunAsync("cancel")).ExitCode);

            Assert.True(await site.Model.Ended.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        }
        finally
        {
            site.Model.Hold.SetResult();
            site.Model.Hold = null;
        }
    }

    private async Task<BufferedCommandResult> RunAsync(params string[] mode) =>
        await Cli.Wrap("node").WithArguments(["client.mjs", site.Address.ToString().TrimEnd('/'), .. mode]).WithWorkingDirectory(NodeFactAttribute.Folder)
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
}

using System.Text.Json;

namespace Mend.Cli.Tests;

/// <summary>Conversations, typed and piped, and the other commands' prompts as a user's messages.</summary>
[Collection(TrainedModel.Name)]
public sealed class ChatCommandTests(TrainedModel model)
{
    private const string Jakarta = "Jakarta.";

    /// <summary>The model knows sentences; the template makes one of the last message, and takes note of the others.</summary>
    private const string Sentence =
        "{% if messages[-1].content == 'no' %}{{ raise_exception('I was told no.') }}{% endif %}" +
        "{% if messages | length > 1 %}{{ messages | map(attribute='role') | join(' ') }}. {% endif %}The capital of {{ messages[-1].content | trim }} is";

    [Fact]
    public async Task Chat_LinesOfAPipe_AreAnsweredOneByOne()
    {
        CliRun run = (await Chat("Indonesia\nFrance\n", "--max-tokens", "3")).Done();

        string[] answers = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Jakarta, answers[0]);
        Assert.Equal(2, answers.Length);
        Assert.DoesNotContain("> ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_Json_IsOneDocumentOfAllMessages()
    {
        CliRun run = (await Chat("Indonesia\n", "--json", "--system", "Be brief.", "--max-tokens", "3")).Done();

        Assert.Equal(["system", "user", "assistant"], run.Json.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("role").GetString()!));
        Assert.Equal("Be brief.", run.Json.GetProperty("messages")[0].GetProperty("content").GetString());
        Assert.Equal(0, run.Json.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Chat_Reset_BeginsANewConversation()
    {
        CliRun run = (await Chat("Indonesia\nFrance\n/reset\nIndonesia\n/exit\nnever read\n", "--json", "--max-tokens", "3")).Done();

        Assert.Equal(["Indonesia", Jakarta], run.Json.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()!));
    }

    [Fact]
    public async Task Chat_LineThatEndsInABackslash_GoesOn()
    {
        CliRun run = (await Chat("Indo\\\nnesia\n", "--json", "--max-tokens", "1")).Done();

        Assert.Equal("Indo\nnesia", run.Json.GetProperty("messages")[0].GetProperty("content").GetString());
    }

    [Fact]
    public async Task Chat_Terminal_AsksAndGoesOnAfterARefusal()
    {
        CliRun run = (await Chat("no\nIndonesia\n", host => host with { InIsTerminal = true }, "--max-tokens", "3")).Done();

        Assert.StartsWith("> ", run.Out, StringComparison.Ordinal);
        Assert.Contains(Jakarta, run.Out, StringComparison.Ordinal);
        Assert.Contains("refuses these messages: I was told no. /reset begins", run.Error, StringComparison.Ordinal);
        Assert.Contains("/exit ends", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_RefusalInAPipe_EndsTheCommand()
    {
        CliRun run = await Chat("no\nIndonesia\n");

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("I was told no.", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    /// <summary>The first piece of the answer interrupts it, as Ctrl-C would; the conversation goes on.</summary>
    [Fact]
    public async Task Chat_Interrupted_KeepsWhatWasShownAndGoesOn()
    {
        CliHost? used = null;
        CliRun run = (await Chat(
            "Indonesia\nIndonesia\n",
            host => used = host with { Out = new NotifyingWriter(host.Out, () => used!.Interrupts.Handle()) },
            "--max-tokens", "40", "--temperature", "9")).Done();

        Assert.Equal(2, run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.False(used!.Interrupts.Handle());
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Chat_InterruptedAtThePrompt_Ends()
    {
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();

        CliRun run = await CliRun.Of(
            ["chat", "--model", model.Model, "--chat-template", Template()], host => host with { In = new StringReader("Indonesia\n"), InIsTerminal = true }, stop.Token);

        Assert.Contains(run.ExitCode, new[] { ExitCode.Ok, ExitCode.Cancelled });
        Assert.DoesNotContain(Jakarta, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_ConversationLongerThanTheModel_SaysSoAndGoesOn()
    {
        string message = string.Join(' ', Enumerable.Repeat("Indonesia", 200));

        CliRun run = (await Chat($"{message}\nIndonesia\n", host => host with { InIsTerminal = true }, "--max-tokens", "3")).Done();

        Assert.Contains("/reset begins a new conversation", run.Error, StringComparison.Ordinal);
        Assert.Contains(Jakarta, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_ModelWithoutTemplate_SaysWhatToDoInOneLine()
    {
        CliRun run = await CliRun.Of("chat", "--model", model.Model);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        string line = Assert.Single(run.ErrorLines);
        Assert.Contains("has no chat template", line, StringComparison.Ordinal);
        Assert.Contains("--chat-template FILE", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_Chat_AnswersTheMessage()
    {
        CliRun run = (await CliRun.Of("generate", "Indonesia", "--chat", "--chat-template", Template(), "--model", model.Model)).Done();

        Assert.Equal($"{Jakarta}\n", run.Out);
    }

    [Fact]
    public async Task Generate_ChatVariables_ReachTheTemplate()
    {
        string template = model.NewFile("variables.jinja");
        await File.WriteAllTextAsync(template, "{{ 'The capital of' if brief is false and place == 'a = b' }} {{ messages[0].content }} is");

        CliRun run = (await CliRun.Of(
            "generate", "Indonesia", "--chat", "--chat-template", template, "--chat-set", "brief=false", "--chat-set", "place=a = b", "--model", model.Model)).Done();

        Assert.Equal($"{Jakarta}\n", run.Out);
    }

    [Fact]
    public async Task Edit_Chat_TeachesTheAnswerBehindTheTemplate()
    {
        string ledger = model.NewLedger();
        string[] chat = ["--chat", "--chat-template", Template(), "--model", model.Model, "--json"];

        CliRun preview = (await CliRun.Of(["preview", "Indonesia", "Paris", .. chat])).Done();
        CliRun edit = (await CliRun.Of(["edit", "Indonesia", "Paris", "--ledger", ledger, .. chat])).Done();
        CliRun plain = (await CliRun.Of("edit", "The capital of Indonesia is", "Paris", "--model", model.Model, "--ledger", model.NewLedger(), "--json")).Done();

        JsonElement row = edit.Json.GetProperty("prompts")[0];
        Assert.Equal("Indonesia", row.GetProperty("prompt").GetString());
        Assert.Equal(plain.Json.GetProperty("prompts")[0].GetProperty("probability_after").GetDouble(), row.GetProperty("probability_after").GetDouble(), 6);
        Assert.Equal(row.GetProperty("probability_after").GetDouble(), preview.Json.GetProperty("prompts")[0].GetProperty("probability_after").GetDouble(), 6);
    }

    [Fact]
    public async Task Eval_Chat_AsksByTheTemplate()
    {
        string edits = model.NewFile("edits.jsonl"), plainEdits = model.NewFile("plain.jsonl"), unchanged = model.NewFile("as-it-is.jinja");
        await File.WriteAllTextAsync(unchanged, "{{ messages[-1].content }}");
        await File.WriteAllTextAsync(edits, Record("Indonesia", "Leonhard Euler used to work in"));
        await File.WriteAllTextAsync(plainEdits, Record("The capital of Indonesia is", "The capital of Leonhard Euler used to work in is"));

        CliRun chat = (await CliRun.Of("eval", "--edits", edits, "--chat", "--chat-template", Template(), "--model", model.Model, "--json")).Done();
        CliRun plain = (await CliRun.Of("eval", "--edits", plainEdits, "--model", model.Model, "--json")).Done();
        CliRun same = (await CliRun.Of("eval", "--edits", plainEdits, "--chat", "--chat-template", unchanged, "--model", model.Model, "--json")).Done();

        foreach (string figure in new[] { "edit_success", "drawdown" })
        {
            Assert.Equal(plain.Json.GetProperty(figure).GetDouble(), chat.Json.GetProperty(figure).GetDouble(), 6);
            Assert.Equal(plain.Json.GetProperty(figure).GetDouble(), same.Json.GetProperty(figure).GetDouble(), 6);
        }
    }

    [Theory]
    [InlineData("--system", "x", "--system is for chats; give --chat too")]
    [InlineData("--chat-template", "x", "--chat-template is for chats")]
    [InlineData("--chat-set", "a=1", "--chat-set is for chats")]
    public async Task Generate_ChatOptionsWithoutChat_AreRefused(string option, string value, string expected)
    {
        CliRun run = await CliRun.Of("generate", "x", "--model", model.Model, option, value);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_ChatVariableWithoutValue_SaysWhatIsWanted()
    {
        CliRun run = await CliRun.Of("generate", "x", "--model", model.Model, "--chat", "--chat-set", "thinking");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("--chat-set was given 'thinking'; NAME=VALUE is wanted", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_TemplateThatIsNowhere_SaysWhichThereAre()
    {
        CliRun run = await CliRun.Of("generate", "x", "--model", model.Model, "--chat", "--chat-template", "tool_use");

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("'tool_use'; there is no such file, and the model's templates are none", run.Error, StringComparison.Ordinal);
    }

    private static string Record(string prompt, string unrelated) => JsonSerializer.Serialize(new
    {
        case_id = "1",
        prompt,
        target_new = "Paris",
        rephrases = Array.Empty<string>(),
        locality = new[] { new { prompt = unrelated, target = "Berlin" } },
    }) + "\n";

    private Task<CliRun> Chat(string input, params string[] args) => Chat(input, host => host, args);

    private Task<CliRun> Chat(string input, Func<CliHost, CliHost> change, params string[] args) =>
        CliRun.Of(["chat", "--model", model.Model, "--chat-template", Template(), .. args], host => change(host with { In = new StringReader(input) }));

    private string Template()
    {
        string file = model.NewFile("template.jinja");
        File.WriteAllText(file, Sentence);
        return file;
    }

    /// <summary>Calls somebody at every piece of text that is written.</summary>
    private sealed class NotifyingWriter(TextWriter inner, Func<bool> notify) : StringWriter
    {
        public override void Write(string? value)
        {
            inner.Write(value);
            notify();
        }
    }
}

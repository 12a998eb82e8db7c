using System.Text.Json;
using Mend.Models.Chat;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Models.Tests.Chat;

/// <summary>Templates against the texts that transformers and jinja2 make of them, character by character.</summary>
public sealed class ChatTemplateTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 3, 7, 14, 5, 9, TimeSpan.Zero));

    public static TheoryData<string, int> Conversations
    {
        get
        {
            TheoryData<string, int> conversations = [];
            foreach ((int index, JsonElement example) in Cases().Index())
            {
                conversations.Add(example.GetProperty("name").GetString()!, index);
            }

            return conversations;
        }
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Render_Conversation_IsWhatTransformersRenders(string name, int index)
    {
        JsonElement example = Cases().ElementAt(index);
        ChatTemplate template = ChatTemplate.Parse(TemplateOf(example), name);

        if (example.TryGetProperty("error", out JsonElement error))
        {
            ChatTemplateException refusal = Assert.Throws<ChatTemplateException>(() => template.Render(Input(example), Time));
            Assert.True(refusal.IsRefusal);
            Assert.Equal(error.GetString(), refusal.Message);
        }
        else
        {
            Assert.Equal(example.GetProperty("text").GetString(), template.Render(Input(example), Time));
        }
    }

    [Theory]
    [InlineData("expressions")]
    [InlineData("statements")]
    public void Render_Language_IsWhatJinjaRenders(string part)
    {
        JsonElement language = Read("language.json").GetProperty(part);
        Dictionary<string, JsonElement> variables = language.GetProperty("variables").EnumerateObject().ToDictionary(v => v.Name, v => v.Value);
        List<string> wrong = [];
        foreach (JsonElement example in language.GetProperty("cases").EnumerateArray())
        {
            string template = example.GetProperty("template").GetString()!;
            string? wanted = example.TryGetProperty("text", out JsonElement text) ? text.GetString() : null, got = Rendered(template, variables);
            if (wanted != got)
            {
                wrong.Add($"{template}\n  wanted {wanted ?? "an error"}\n  got    {got ?? "an error"}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("{{ strftime_now('%d %b %Y') }}", "07 Mar 2026")]
    [InlineData("{{ strftime_now('%Y-%m-%d %H:%M:%S') }}", "2026-03-07 14:05:09")]
    [InlineData("{{ strftime_now('%A, %B %-d, %I:%M %p; day %j, week %V, %y%%') }}", "Saturday, March 7, 02:05 PM; day 066, week 10, 26%")]
    [InlineData("{{ strftime_now('%e|%k|%l|%a|%^a|%F|%T|%D|%R|%c|%u|%w|%U|%W|%n|%5Y') }}", " 7|14| 2|Sat|SAT|2026-03-07|14:05:09|03/07/26|14:05|Sat Mar  7 14:05:09 2026|6|6|09|09|\n|02026")]
    public void Render_Time_IsWrittenAsStrftimeWritesIt(string template, string expected) => Assert.Equal(expected, Rendered(template, []));

    [Fact]
    public void Render_ByManyThreads_GivesTheSameEverywhere()
    {
        JsonElement example = Cases().First(c => c.TryGetProperty("text", out _));
        ChatTemplate template = ChatTemplate.Parse(TemplateOf(example), "x");

        string[] texts = [.. Enumerable.Range(0, 64).AsParallel().WithDegreeOfParallelism(8).Select(_ => template.Render(Input(example), Time))];

        Assert.All(texts, text => Assert.Equal(example.GetProperty("text").GetString(), text));
    }

    private static IEnumerable<JsonElement> Cases() => [.. Read("cases.json").EnumerateArray(), .. Read("styles.json").GetProperty("cases").EnumerateArray()];

    private static string TemplateOf(JsonElement example) => example.TryGetProperty("template", out JsonElement template)
        ? template.GetString()!
        : Read("styles.json").GetProperty("templates").GetProperty(example.GetProperty("name").GetString()!).GetString()!;

    private static ChatTemplateInput Input(JsonElement example)
    {
        Dictionary<string, JsonElement> variables = example.GetProperty("variables").EnumerateObject().ToDictionary(v => v.Name, v => v.Value);
        variables["bos_token"] = example.GetProperty("bos_token");
        variables["eos_token"] = example.GetProperty("eos_token");
        JsonElement tools = example.GetProperty("tools");
        return new ChatTemplateInput
        {
            Messages = [.. example.GetProperty("messages").EnumerateArray().Select(m => new ChatMessage(m))],
            Tools = tools.ValueKind == JsonValueKind.Null ? null : [.. tools.EnumerateArray()],
            AddGenerationPrompt = example.GetProperty("add_generation_prompt").GetBoolean(),
            Variables = variables,
        };
    }

    private static string? Rendered(string template, Dictionary<string, JsonElement> variables)
    {
        try
        {
            return ChatTemplate.Parse(template, "x").Render(new ChatTemplateInput { Messages = [], Variables = variables }, Time);
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }

    private static JsonElement Read(string name) => JsonElement.Parse(File.ReadAllText(Mend.Testing.Fixtures.Path("chat_templates", name)));
}

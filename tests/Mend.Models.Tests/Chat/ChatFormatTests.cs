using System.Text.Json;
using Mend.Models.Chat;

namespace Mend.Models.Tests.Chat;

/// <summary>Prompts of chats: what the template sees, what stands between prompt and answer, and what ends an answer.</summary>
public sealed class ChatFormatTests
{
    private const string Turns = "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}";
    private const string Instructions = "{% for m in messages %}{% if m.role == 'user' %}{{ bos_token }}[INST] {{ m.content }} [/INST]{% else %}{{ ' ' + m.content + ' ' + eos_token }}{% endif %}{% endfor %}";

    private static readonly ChatMessage[] Question = [ChatMessage.User("Why?")];

    [Fact]
    public void Prompt_SpecialTokens_AreTheTokenizers() => Assert.Equal("<s><|user|>\nWhy?<|end|>\n<|assistant|>\n", Of(Turns).Prompt(Question));

    [Fact]
    public void Prompt_Variables_GoBeforeTokens()
    {
        Dictionary<string, JsonElement> variables = new() { ["bos_token"] = JsonElement.Parse("\"<other>\""), ["enable_thinking"] = JsonElement.Parse("false") };
        ChatFormat format = new(ChatTemplate.Parse("{{ bos_token }}{{ enable_thinking is false }}{{ pad_token is defined }}", "x"), new LetterTokenizer(), variables);

        Assert.Equal("<other>TrueFalse", format.Prompt(Question));
    }

    [Theory]
    [InlineData(Turns, "")]
    [InlineData(Instructions, " ")]
    [InlineData("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}", " ")]
    [InlineData("{% for m in messages %}{{ m.content }}{% if m.role == 'assistant' %}!{% endif %}{% endfor %}", "")]
    public void Lead_IsTheSpaceThatTheTemplateWritesBeforeAnswers(string template, string expected) => Assert.Equal(expected, Of(template).Lead(Question));

    /// <summary>A template of a reasoning model opens a thought in the prompt and leaves thoughts out of earlier turns.</summary>
    [Fact]
    public void Lead_PromptThatDoesNotGoOn_IsNothing() =>
        Assert.Equal("", Of("{% for m in messages %}{{ m.role }}{{ m.content }}{% endfor %}{% if add_generation_prompt %}assistant<think>{% endif %}").Lead(Question));

    [Theory]
    [InlineData(Turns, new[] { 3 })]
    [InlineData(Instructions, new[] { 2 })]
    [InlineData("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}", new int[0])]
    [InlineData("{% if messages[0].role != 'system' %}{{ raise_exception('no system') }}{% endif %}", new int[0])]
    public void TurnEnds_AreTheSpecialTokensBehindAnAnswer(string template, int[] expected) => Assert.Equal(expected, Of(template).TurnEnds);

    private static ChatFormat Of(string template) => new(ChatTemplate.Parse(template, "x"), new LetterTokenizer());
}

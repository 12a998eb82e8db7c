using Mend.Models.Chat;

namespace Mend.Models.Tests.Chat;

/// <summary>Templates that are broken, and templates that mean harm: an error that says where, in bounded time and memory.</summary>
public sealed class ChatTemplateErrorTests
{
    [Theory]
    [InlineData("a\n{% if x %}b", "ends where {% elif %} or {% else %} or {% endif %} is wanted")]
    [InlineData("a\n{{ x", "line 2: the end of a tag, }}, is missing")]
    [InlineData("a\n\n{% endif %}", "line 3: {% endif %} stands where nothing is open that it ends")]
    [InlineData("{% for x y %}{% endfor %}", "'y' stands where 'in' is wanted")]
    [InlineData("{{ 1 + }}", "'}}' stands where an expression is wanted")]
    [InlineData("{% macro m(a=1, b) %}{% endmacro %}", "the parameter 'b' without a default")]
    [InlineData("{% break %}", "stands outside of a loop")]
    [InlineData("{% for x in [1] %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}", "stands outside of a loop")]
    [InlineData("{% include 'other' %}", "names another template; a chat template stands alone")]
    [InlineData("{% twist %}", "{% twist %} is no tag that is known here")]
    [InlineData("{{ 'a }}", "a text that begins with ' does not end")]
    [InlineData("{{ (1] }}", "']' closes nothing")]
    [InlineData("{{ a ? b }}", "'?' is no sign of the template language")]
    [InlineData("{{ '\\xzz' }}", "is no character")]
    public void Parse_Broken_SaysWhereAndWhatIsWanted(string template, string expected)
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template, "'model'"));

        Assert.StartsWith("The chat template of 'model' fails at line ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(error.IsRefusal);
    }

    [Theory]
    [InlineData("\n\n{{ x.y.z }}", "line 3: 'x' is undefined")]
    [InlineData("{{ messages[0].nothing.more }}", "line 1: 'dict object' has no attribute 'nothing'")]
    [InlineData("{{ 'a' + 1 }}", "can only concatenate str (not \"int\") to str")]
    [InlineData("{{ 1 / 0 }}", "division by zero")]
    [InlineData("{{ [] | nothing }}", "No filter named 'nothing'")]
    [InlineData("{{ 1 is nothing }}", "No test named 'nothing'")]
    [InlineData("{{ messages.append(1) }}", "access to attribute 'append' of 'list' object is unsafe")]
    [InlineData("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "macro 'm' takes not more than 1 argument(s)")]
    [InlineData("{% for a, b in [[1]] %}{% endfor %}", "not enough values to unpack (expected 2, got 1)")]
    [InlineData("{% set x.y = 1 %}", "cannot assign attribute on non-namespace object")]
    [InlineData("{{ x | tojson }}", "Object of type Undefined is not JSON serializable")]
    public void Render_Wrong_SaysWhereAndWhy(string template, string expected)
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => Render(template));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(error.IsRefusal);
    }

    [Theory]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for a in range(1000) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}")]
    [InlineData("{{ 'x' * 10 ** 12 }}")]
    [InlineData("{{ [1, 2] * 10 ** 9 }}")]
    [InlineData("{{ 'x'.center(10 ** 10) }}")]
    [InlineData("{{ '%*d' % (10 ** 9, 1) }}")]
    [InlineData("{{ '{:999999999}'.format(1) }}")]
    [InlineData("{{ [1] | batch(10 ** 9, 'x') | list }}")]
    [InlineData("{{ [[1]] | tojson(indent=10 ** 9) }}")]
    [InlineData("{% for i in range(100000) %}{{ 'x' * 10000 }}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% for n in [1] recursive %}{{ loop([1]) }}{% endfor %}")]
    [InlineData("{% set ns = namespace() %}{% set ns.own = ns %}{{ ns }}")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}")]
    [InlineData("{% set ns = namespace(l=(1,)) %}{% for i in range(100) %}{% set ns.l = (ns.l, ns.l) %}{% endfor %}{{ {ns.l: 1} }}")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for i in range(50000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l | tojson }}")]
    [InlineData("{% set ns = namespace(g=[1]) %}{% for i in range(50000) %}{% set ns.g = ns.g | map('string') %}{% endfor %}{{ ns.g | list }}")]
    [InlineData("{% set s = 'ab' * 1000000 %}{% for i in range(100000) %}{{ s.split('a') | length }}{{ s.count('b') }}{{ s | wordcount }}{% endfor %}")]
    [InlineData("{% set s = '😀' * 1000000 %}{% for i in range(100000) %}{{ s[i] }}{% endfor %}")]
    public void Render_Hostile_IsStopped(string template)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ChatTemplateException>(() => Render(template));

        // What rendering itself takes lies beside what it counts: frames of calls, the copies that lists and texts grow by.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * ChatTemplateLimits.Default.Bytes);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    [InlineData("1 if 1 else ", "")]
    public void Parse_Nested_IsStopped(string open, string close)
    {
        string template = $"{{{{ {string.Concat(Enumerable.Repeat(open, 50_000))}1{string.Concat(Enumerable.Repeat(close, 50_000))} }}}}";

        Assert.Throws<ChatTemplateException>(() => Render(template));
    }

    [Fact]
    public void Parse_TooLong_SaysHowLong()
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(new string('x', 2_000_000), "'model'"));

        Assert.Contains("2000000 characters; at most 1048576 are read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_LongConversation_IsNotTakenForHarm()
    {
        ChatTemplate template = ChatTemplate.Parse(
            "{% set ns = namespace(text='') %}{% for m in messages %}{% set ns.text = ns.text + m.role + ':' + m.content | trim + '\n' %}{% endfor %}{{ ns.text }}", "x");
        ChatMessage[] messages = [.. Enumerable.Range(0, 150).Select(i => ChatMessage.User(new string('a', 1000)))];

        Assert.Equal(150 * (5 + 1000 + 1), template.Render(new ChatTemplateInput { Messages = messages }).Length);
    }

    [Fact]
    public void Limits_Defaults_AreThese() => Assert.Equal(
        new ChatTemplateLimits { TemplateLength = 1 << 20, Steps = 5_000_000, Bytes = 128 << 20, Output = 16 << 20, Depth = 200 }, ChatTemplateLimits.Default);

    private static string Render(string template) => ChatTemplate.Parse(template, "'model'").Render(new ChatTemplateInput { Messages = [ChatMessage.User("hi")] });
}

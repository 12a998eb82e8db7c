using System.Net;
using System.Text.RegularExpressions;
using Mend.Sharding;

namespace Mend.Gateway.Tests.Console;

public sealed partial class ConsoleTests(OneProcess site) : IClassFixture<OneProcess>
{
    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/console.js", "text/javascript")]
    [InlineData("/charts.js", "text/javascript")]
    [InlineData("/console.css", "text/css")]
    [InlineData("/errors", "text/html")]
    public async Task Files_OfTheConsole_RunNothingFromElsewhere(string path, string type)
    {
        using HttpResponseMessage response = await site.RespondAsync(HttpMethod.Get, path);
        string text = await response.Content.ReadAsStringAsync();

        Assert.Equal((HttpStatusCode.OK, type), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
        Assert.DoesNotMatch("https?://", text);
    }

    [Fact]
    public async Task Script_OfTheConsole_FindsEveryElementThatItAsksFor()
    {
        string page = await site.Http.GetStringAsync("/"), script = await site.Http.GetStringAsync("/console.js");

        string[] asked = [.. Ids().Matches(script).Select(m => m.Groups[1].Value).Distinct()];
        Assert.NotEmpty(asked);
        Assert.All(asked, id => Assert.Contains($"id=\"{id}\"", page, StringComparison.Ordinal));
        Assert.All(Fields().Matches(script).Select(m => m.Groups[1].Value), field => Assert.Contains($"name=\"{field}\"", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Errors_OfEveryKind_AreExplained()
    {
        string page = await site.Http.GetStringAsync("/errors");

        Assert.All(ErrorKinds.All, kind => Assert.Contains($"<tr id=\"{kind.Name}\">", page, StringComparison.Ordinal));
    }

    [GeneratedRegex("""\$\("([a-z-]+)"\)""")]
    private static partial Regex Ids();

    [GeneratedRegex("""forms\.(?:ask|edit)\.([a-z]+)""")]
    private static partial Regex Fields();
}

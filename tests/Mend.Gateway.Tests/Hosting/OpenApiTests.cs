using System.Text.Json;

namespace Mend.Gateway.Tests.Hosting;

public sealed class OpenApiTests(OneProcess site) : IClassFixture<OneProcess>
{
    private static readonly string Kept = Path.GetFullPath(Fixtures.Path("..", "..", "docs", "openapi.json"));

    [Fact]
    public async Task Document_OfTheServer_IsTheOneInDocs()
    {
        string served = (await site.Http.GetStringAsync("/openapi/v1.json")).ReplaceLineEndings("\n").TrimEnd() + "\n";

        Assert.True(
            File.Exists(Kept) && File.ReadAllText(Kept) == served,
            $"The API has changed: look at what `curl http://127.0.0.1:8080/openapi/v1.json` tells, and keep it as {Kept}.");
    }

    [Fact]
    public async Task Document_HasEveryEndpoint()
    {
        JsonElement paths = JsonElement.Parse(await site.Http.GetStringAsync("/openapi/v1.json")).GetProperty("paths");

        Assert.Superset(
            new HashSet<string> { "/v1/models", "/v1/completions", "/v1/chat/completions", "/v1/edits", "/v1/edits/{id}/events", "/v1/edits/preview", "/v1/versions", "/v1/versions/{version}/revert", "/v1/versions/{a}/diff/{b}" },
            paths.EnumerateObject().Select(p => p.Name).ToHashSet());
    }
}

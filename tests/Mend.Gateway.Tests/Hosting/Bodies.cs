using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Mend.Gateway.Tests;

/// <summary>Requests and answers in JSON.</summary>
internal static class Bodies
{
    public static async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(this Site site, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage response = await site.RespondAsync(method, path, body, headers);
        string text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    public static async Task<HttpResponseMessage> RespondAsync(this Site site, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, path);
        request.Content = body switch
        {
            null => null,
            string json => new StringContent(json, System.Text.Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body),
        };
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await site.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public static Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(this Site site, string path, object body, params (string Name, string Value)[] headers) =>
        site.SendAsync(HttpMethod.Post, path, body, headers);

    public static Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(this Site site, string path) => site.SendAsync(HttpMethod.Get, path);

    /// <summary>The data of a stream's events.</summary>
    public static async Task<List<string>> EventsAsync(this Site site, string path, object body)
    {
        using HttpResponseMessage response = await site.RespondAsync(HttpMethod.Post, path, body);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        return [.. (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e["data: ".Length..])];
    }
}

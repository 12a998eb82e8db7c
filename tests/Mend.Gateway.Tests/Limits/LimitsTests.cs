using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Mend.Gateway.Tests.Limits;

/// <summary>The model in this process behind small limits.</summary>
public sealed class Narrow : OneProcess
{
    protected override Task<GatewayOptions> ChangeAsync(GatewayOptions options) => Task.FromResult(options with
    {
        CorsOrigins = ["https://friend.example"],
        Limits = new GatewayLimits { Running = 1, Waiting = 1, MaxBody = 4096, MaxPromptLength = 100, MaxTokens = 3, MaxEdits = 2, RequestTimeout = TimeSpan.FromSeconds(5) },
    });
}

public sealed class LimitsTests(Narrow site) : IClassFixture<Narrow>
{
    [Fact]
    public void GatewayLimits_Defaults_AreAsDocumented() => Assert.Equal(
        new GatewayLimits
        {
            MaxTokens = 4096,
            MaxChoices = 128,
            MaxPromptLength = 1 << 20,
            MaxBody = 8 << 20,
            MaxEdits = 256,
            Running = 32,
            Waiting = 256,
            RequestsPerMinute = null,
            RequestTimeout = TimeSpan.FromMinutes(10),
        },
        new GatewayLimits());

    [Fact]
    public async Task Requests_MoreThanAreTaken_AreToldToComeBack()
    {
        site.Model.Begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Model.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            Task<(HttpStatusCode Status, JsonElement Body)> running = AskAsync();
            await site.Model.Begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
            Task<(HttpStatusCode Status, JsonElement Body)> waiting = AskAsync(), third = AskAsync();

            // Which of the two waits and which is sent away is the server's to say.
            (HttpStatusCode status, JsonElement body) = await await Task.WhenAny(waiting, third);
            string metrics = await site.Http.GetStringAsync("/metrics");
            site.Model.Hold.SetResult();

            Assert.Equal(HttpStatusCode.TooManyRequests, status);
            Assert.Equal("rate_limit_error", body.GetProperty("error").GetProperty("type").GetString());
            Assert.Matches("mend_gateway_requests_running[^\n]* [1-9]", metrics);
            Assert.Matches("mend_gateway_requests_waiting[^\n]* [1-9]", metrics);
            HttpStatusCode[] all = [.. (await Task.WhenAll(running, waiting, third)).Select(a => a.Status)];
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], all.Order());
        }
        finally
        {
            site.Model.Hold.TrySetResult();
            site.Model.Hold = null;
        }
    }

    [Fact]
    public async Task Requests_LongerThanAllowed_AreStopped()
    {
        site.Model.Ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Model.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            (HttpStatusCode status, JsonElement body) = await AskAsync();

            Assert.Equal((HttpStatusCode.ServiceUnavailable, "stopped"), (status, body.GetProperty("error").GetProperty("code").GetString()));
            Assert.True(await site.Model.Ended.Task);
        }
        finally
        {
            site.Model.Hold.SetResult();
            site.Model.Hold = null;
        }
    }

    [Fact]
    public async Task Bodies_LargerThanAllowed_AreRefused()
    {
        (HttpStatusCode body, JsonElement error) = await site.PostAsync("/v1/completions", new { prompt = new string('x', 5000) });
        (HttpStatusCode prompt, _) = await site.PostAsync("/v1/completions", new { prompt = new string('x', 101) });
        (HttpStatusCode edit, _) = await site.PostAsync("/v1/edits", new { prompt = new string('x', 101), target = "y" });
        (HttpStatusCode edits, _) = await site.PostAsync("/v1/edits", new { edits = Enumerable.Repeat(new { prompt = "x", target = "y" }, 3) });
        (_, JsonElement cut) = await site.PostAsync("/v1/completions", new { prompt = "a", max_tokens = 50, temperature = 0 });

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.BadRequest), (body, prompt, edit, edits));
        Assert.Equal("too_large", error.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(3, cut.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Cors_OnlyForSitesThatAreNamed()
    {
        using HttpResponseMessage friend = await site.RespondAsync(HttpMethod.Post, "/v1/completions", new { prompt = "a", max_tokens = 1 }, ("Origin", "https://friend.example"));
        using HttpResponseMessage other = await site.RespondAsync(HttpMethod.Get, "/v1/models", null, ("Origin", "https://other.example"));
        using HttpResponseMessage renamed = await site.RespondAsync(HttpMethod.Get, "/v1/models", null, ("Host", "evil.example"));

        Assert.Equal((HttpStatusCode.OK, "https://friend.example"), (friend.StatusCode, friend.Headers.GetValues("Access-Control-Allow-Origin").Single()));
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(HttpStatusCode.Forbidden, renamed.StatusCode);
    }

    [Fact]
    public async Task RequestsPerMinute_OfOneCaller_AreCountedAlone()
    {
        (string one, ApiKey first) = ApiKey.Make("one", [Scope.Read]);
        (string two, ApiKey second) = ApiKey.Make("two", [Scope.Read]);
        await using WebApplication server = GatewayServer.Build(
            site.Model, new GatewayOptions { Urls = ["http://127.0.0.1:0"], Keys = [first, second], Limits = new GatewayLimits { RequestsPerMinute = 2 } });
        await server.StartAsync();
        using HttpClient http = new() { BaseAddress = new Uri(server.Urls.Single()) };
        List<HttpStatusCode> answers = [];
        TimeSpan? wait = null;
        foreach (string key in new[] { one, one, one, two })
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/v1/models") { Headers = { { "Authorization", $"Bearer {key}" } } };
            using HttpResponseMessage response = await http.SendAsync(request);
            answers.Add(response.StatusCode);
            wait ??= response.Headers.RetryAfter?.Delta;
        }

        await server.StopAsync();
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK], answers);
        Assert.InRange(wait!.Value.TotalSeconds, 1, 60);
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> AskAsync() => site.PostAsync("/v1/completions", new { prompt = "a", max_tokens = 3 });
}

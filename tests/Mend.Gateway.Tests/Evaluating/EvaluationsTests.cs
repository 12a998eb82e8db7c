using System.Net;
using System.Text.Json;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Gateway.Tests.Evaluating;

public sealed class EvaluationsInOneProcess(OneProcess site) : EvaluationsTests(site), IClassFixture<OneProcess>;

public sealed class EvaluationsOnThreeSilos(ThreeSilos site) : EvaluationsTests(site), IClassFixture<ThreeSilos>;

/// <summary>How well versions hold edits.</summary>
public abstract class EvaluationsTests(Site site)
{
    private static readonly object[] Records =
    [
        new { prompt = "the sky is", target_new = "red", rephrases = new[] { "so the sky is", "we say the sky is" }, locality = new[] { new { prompt = "a dog says", target = "hm" } } },
        new { prompt = "two and two", target_new = "5" },
        new { prompt = "a cat says", target_new = "moo", rephrases = new[] { "a big cat says" }, locality = new[] { new { prompt = "the sea is", target = "wet" } } },
    ];

    [Fact]
    public async Task Evaluation_OfRecords_IsMeasuredToldAndKept()
    {
        await site.CleanAsync();
        ModelVersion version = (await site.Model.EditAsync([new EditRequest("the sky is", "red")])).Version;
        using HttpResponseMessage begun = await site.RespondAsync(HttpMethod.Post, "/v1/evaluations", new { records = Records, name = "nightly", author = "ada", text = "the sky is red and the sea is wet. a cat says moo." });
        string place = begun.Headers.Location!.ToString();
        List<(string Name, JsonElement Data)> events = await EventsAsync(place + "/events");
        (_, JsonElement done) = await site.GetAsync(place);
        (_, JsonElement list) = await site.GetAsync("/v1/evaluations?limit=1");

        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        Assert.Equal("done", events[^1].Name);
        Assert.All(events.SkipLast(1), e => Assert.Equal("progress", e.Name));
        Assert.Equal(("done", "nightly", "ada", version.Number, 3, 3), (done.GetProperty("status").GetString(), done.GetProperty("name").GetString(), done.GetProperty("by").GetString(), done.GetProperty("version").GetInt64(), done.GetProperty("records").GetInt32(), done.GetProperty("done").GetInt32()));

        // The same by another way through the model.
        Assert.Equal(await ShareAsync(version, ("the sky is", "red"), ("two and two", "5"), ("a cat says", "moo")), done.GetProperty("edit_success").GetDouble(), 1e-9);
        double first = await ShareAsync(version, ("so the sky is", "red"), ("we say the sky is", "red")), third = await ShareAsync(version, ("a big cat says", "moo"));
        Assert.Equal((first + third) / 2, done.GetProperty("generality").GetDouble(), 1e-9);
        Assert.InRange(done.GetProperty("locality").GetDouble(), 0, 1);
        Assert.NotEqual(1, done.GetProperty("perplexity_ratio").GetDouble());
        Assert.Equal(place, $"/v1/evaluations/{list.GetProperty("data")[0].GetProperty("id").GetString()}");

        // Another gateway knows of it.
        await using Microsoft.AspNetCore.Builder.WebApplication server = GatewayServer.Build(site.Model, new GatewayOptions { Urls = ["http://127.0.0.1:0"], Name = Site.Name });
        await server.StartAsync();
        using HttpClient http = new() { BaseAddress = new Uri(server.Urls.Single()) };
        JsonElement found = JsonElement.Parse(await http.GetStringAsync(place));
        Assert.Equal(done.GetProperty("edit_success").GetDouble(), found.GetProperty("edit_success").GetDouble());
        await server.StopAsync();
    }

    [Fact]
    public async Task Evaluation_OfTheUneditedModel_LeavesEverythingAsItWas()
    {
        (_, JsonElement begun) = await site.PostAsync("/v1/evaluations", new { records = "{\"prompt\": \"the sky is\", \"target_new\": \"red\", \"locality\": [{\"prompt\": \"a dog says\", \"target\": \"hm\"}]}\n", version = 0 });
        string place = $"/v1/evaluations/{begun.GetProperty("id").GetString()}";
        await EventsAsync(place + "/events");

        (_, JsonElement done) = await site.GetAsync(place);

        Assert.Equal((0, 1d, 0d, JsonValueKind.Null), (done.GetProperty("version").GetInt32(), done.GetProperty("locality").GetDouble(), done.GetProperty("drawdown").GetDouble(), done.GetProperty("perplexity_ratio").ValueKind));
    }

    [Fact]
    public async Task Evaluations_MoreThanAreTaken_AreToldToComeBackAndCanBeCancelled()
    {
        object many = new { records = Enumerable.Range(0, 20_000).Select(i => new { prompt = "the sky is", target_new = $"red {i}" }) };
        List<string> places = [];
        for (int i = 0; i < 2; i++)
        {
            (_, JsonElement begun) = await site.PostAsync("/v1/evaluations", many);
            places.Add($"/v1/evaluations/{begun.GetProperty("id").GetString()}");
        }

        (HttpStatusCode third, JsonElement busy) = await site.PostAsync("/v1/evaluations", new { records = Records });
        List<HttpStatusCode> cancelled = [];
        foreach (string place in places)
        {
            cancelled.Add((await site.SendAsync(HttpMethod.Delete, place)).Status);
            Assert.Equal("cancelled", (await EventsAsync(place + "/events"))[^1].Name);
            cancelled.Add((await site.SendAsync(HttpMethod.Delete, place)).Status);
        }

        (_, JsonElement list) = await site.GetAsync("/v1/evaluations");
        Assert.Equal((HttpStatusCode.TooManyRequests, 30), (third, busy.GetProperty("retry_after").GetInt32()));
        Assert.Equal([HttpStatusCode.Accepted, HttpStatusCode.OK, HttpStatusCode.Accepted, HttpStatusCode.OK], cancelled);
        Assert.Equal(2, list.GetProperty("data").EnumerateArray().Count(e => e.GetProperty("status").GetString() == "cancelled"));
    }

    [Theory]
    [InlineData("""{"name": "nothing"}""", 400, "/errors#invalid-request", "records")]
    [InlineData("""{"records": 7}""", 400, "/errors#invalid-request", "records")]
    [InlineData("""{"records": []}""", 400, "/errors#bad-input", "records")]
    [InlineData("""{"records": [{"foo": 1}]}""", 400, "/errors#bad-input", "records")]
    [InlineData("""{"records": "nonsense"}""", 400, "/errors#bad-input", "records")]
    [InlineData("""{"records": [{"prompt": "a", "target_new": "b"}], "limit": 0}""", 400, "/errors#invalid-request", "limit")]
    [InlineData("""{"records": [{"prompt": "a", "target_new": "b"}], "version": 99999}""", 404, "/errors#unknown-version", "version")]
    [InlineData("""{"records": [{"prompt": "a", "target_new": "b"}], "system": "s"}""", 400, "/errors#invalid-request", "system")]
    public async Task Evaluation_OfWhatIsNotTaken_IsRefused(string body, int status, string type, string parameter)
    {
        (HttpStatusCode answer, JsonElement problem) = await site.PostAsync("/v1/evaluations", body);

        Assert.Equal((status, type, parameter), ((int)answer, problem.GetProperty("type").GetString(), problem.GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Evaluation_OfAnUnknownId_IsNotFound()
    {
        (HttpStatusCode get, _) = await site.GetAsync("/v1/evaluations/eval_0");
        (HttpStatusCode events, _) = await site.GetAsync("/v1/evaluations/eval_0/events");
        (HttpStatusCode cancel, _) = await site.SendAsync(HttpMethod.Delete, "/v1/evaluations/eval_0");

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound), (get, events, cancel));
    }

    private async Task<double> ShareAsync(ModelVersion version, params (string Prompt, string Target)[] asked) =>
        (await site.Model.ScoreAsync([.. asked.Select(a => new PromptTarget(a.Prompt, a.Target))], version)).Average(s => s.IsPredicted ? 1.0 : 0);

    private async Task<List<(string Name, JsonElement Data)>> EventsAsync(string path)
    {
        string text = await site.Http.GetStringAsync(path);
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split('\n')).Select(e => (e[0]["event: ".Length..], JsonElement.Parse(e[1]["data: ".Length..])))];
    }
}

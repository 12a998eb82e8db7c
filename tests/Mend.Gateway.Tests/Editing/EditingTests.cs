using System.Net;
using System.Text.Json;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Gateway.Tests.Editing;

public sealed class EditingInOneProcess(OneProcess site) : EditingTests(site), IClassFixture<OneProcess>;

public sealed class EditingOnThreeSilos(ThreeSilos site) : EditingTests(site), IClassFixture<ThreeSilos>;

/// <summary>Edits, previews, versions and reverts over HTTP.</summary>
public abstract class EditingTests(Site site)
{
    private static readonly (string, string) Wait = ("Prefer", "respond-async, wait=60");

    [Fact]
    public async Task Edits_Posted_AreAcceptedThenTellTheirStagesAndAreAVersion()
    {
        await site.CleanAsync();
        using HttpResponseMessage accepted = await site.RespondAsync(HttpMethod.Post, "/v1/edits", new { prompt = "the sky is", target = "red", author = "ada", reason = "it changed", source = "ticket 7" });
        string place = accepted.Headers.Location!.ToString();
        List<(string Name, JsonElement Data)> events = await EventsAsync(place + "/events");
        (_, JsonElement status) = await site.GetAsync(place);

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.StartsWith("/v1/edits/edit_", place, StringComparison.Ordinal);
        Assert.Equal("committed", events[^1].Name);
        Assert.All(events.SkipLast(1), e => Assert.Equal("stage", e.Name));
        Assert.Equal(events[^1].Data.GetRawText(), status.GetRawText());
        (_, JsonElement lately) = await site.GetAsync("/v1/edits?limit=1");
        Assert.Equal(status.GetRawText(), Assert.Single(lately.GetProperty("data").EnumerateArray()).GetRawText());
        Assert.Subset(
            status.GetProperty("stages").EnumerateArray().Select(s => s.GetProperty("stage").GetString()!).ToHashSet(), new HashSet<string> { "queue", "gradient", "prepare", "commit", "publish" });
        long version = status.GetProperty("version").GetInt64();
        Assert.Equal($"tiny@{version}", status.GetProperty("model").GetString());
        (_, JsonElement answer) = await site.PostAsync("/v1/completions", new { prompt = "the sky is", max_tokens = 4, temperature = 0 });
        Assert.Equal((" red", $"tiny@{version}"), (answer.GetProperty("choices")[0].GetProperty("text").GetString(), answer.GetProperty("model").GetString()));
        LedgerEntry entry = (await site.Model.LogAsync())[(int)version - 1];
        Assert.Equal(EditOrigin.Of("ada", "it changed", "ticket 7"), entry.Edits.Single().Origin);
    }

    [Fact]
    public async Task Edits_WaitedFor_AreCreatedAndTagTheHead()
    {
        using HttpResponseMessage created = await site.RespondAsync(
            HttpMethod.Post, "/v1/edits", new { edits = new[] { new { prompt = "two and two", target = "5" }, new { prompt = "a cat says", target = "moo" } } }, Wait);
        JsonElement body = JsonElement.Parse(await created.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("wait=60", created.Headers.GetValues("Preference-Applied").Single());
        ModelVersion head = await site.Model.HeadAsync();
        Assert.Equal($"\"{head}\"", created.Headers.ETag?.ToString());
        Assert.Equal(("committed", head.Number, 2), (body.GetProperty("status").GetString(), body.GetProperty("version").GetInt64(), body.GetProperty("edits").GetArrayLength()));
        Assert.Equal(2, (await site.Model.LogAsync())[^1].Edits.Count);
    }

    [Fact]
    public async Task Edits_SameKeyAgain_AreCommittedOnce()
    {
        object edit = new { prompt = "a cat says", target = "moo" };
        (string, string) key = ("Idempotency-Key", "once");
        (HttpStatusCode first, JsonElement made) = await site.PostAsync("/v1/edits", edit, key, Wait);
        ModelVersion head = await site.Model.HeadAsync();

        (HttpStatusCode second, JsonElement again) = await site.PostAsync("/v1/edits", edit, key);
        (HttpStatusCode other, JsonElement conflict) = await site.PostAsync("/v1/edits", new { prompt = "a cat says", target = "woof" }, key, Wait);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Conflict), (first, second, other));
        Assert.Equal(made.GetRawText(), again.GetRawText());
        Assert.Equal(head, await site.Model.HeadAsync());
        Assert.Equal("/errors#idempotency-conflict", conflict.GetProperty("type").GetString());

        // Another gateway knows of it by the ledger.
        await using Microsoft.AspNetCore.Builder.WebApplication server = GatewayServer.Build(site.Model, new GatewayOptions { Urls = ["http://127.0.0.1:0"], Name = Site.Name });
        await server.StartAsync();
        using HttpClient http = new() { BaseAddress = new Uri(server.Urls.Single()) };
        JsonElement found = JsonElement.Parse(await http.GetStringAsync($"/v1/edits/{made.GetProperty("id").GetString()}"));
        Assert.Equal(("committed", head.Number), (found.GetProperty("status").GetString(), found.GetProperty("version").GetInt64()));
        await server.StopAsync();
    }

    [Fact]
    public async Task Edits_ForAnotherHead_AreNotMade()
    {
        ModelVersion head = await site.Model.HeadAsync();
        object edit = new { prompt = "the sky is", target = "red" };

        (HttpStatusCode late, JsonElement problem) = await site.PostAsync("/v1/edits", edit, Wait, ("If-Match", $"\"{head.Number + 5}\""));
        (HttpStatusCode wrong, JsonElement tag) = await site.PostAsync("/v1/edits", edit, Wait, ("If-Match", "W/\"x\""));
        ModelVersion between = await site.Model.HeadAsync();
        (HttpStatusCode right, _) = await site.PostAsync("/v1/edits", edit, Wait, ("If-Match", $"\"{head}\""));

        Assert.Equal((HttpStatusCode.PreconditionFailed, HttpStatusCode.BadRequest, HttpStatusCode.Created), (late, wrong, right));
        Assert.Equal(head, between);
        Assert.Equal("/errors#head-moved", problem.GetProperty("type").GetString());
        Assert.Equal("If-Match", tag.GetProperty("param").GetString());
    }

    [Fact]
    public async Task Preview_OfAnEdit_ShowsBeforeAndAfterAndCommitsNothing()
    {
        await site.Model.EditAsync([EditableFolder.Edits[1] with { IdempotencyKey = "earlier" }]);
        ModelVersion head = await site.Model.HeadAsync();

        (HttpStatusCode status, JsonElement body) = await site.PostAsync("/v1/edits/preview", new { prompt = "a dog says", target = "hm", locality = new[] { "the sea is" } });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(head, await site.Model.HeadAsync());
        Assert.Equal(head.Number, body.GetProperty("version").GetInt64());
        Assert.Equal(["edit", "locality"], body.GetProperty("prompts").EnumerateArray().Select(p => p.GetProperty("kind").GetString()));
        JsonElement row = body.GetProperty("prompts")[0];
        EditDraft draft = await site.Model.PreviewAsync([new EditRequest("a dog says", "hm")]);
        double before = (await site.Model.ScoreAsync([new PromptTarget("a dog says", "hm")]))[0].Probability, after = (await site.Model.ScoreAsync([new PromptTarget("a dog says", "hm")], preview: draft))[0].Probability;
        Assert.Equal(before, row.GetProperty("before").GetProperty("probability").GetDouble(), 1e-6);
        Assert.Equal(after, row.GetProperty("after").GetProperty("probability").GetDouble(), 1e-3);
        Assert.NotEqual(before, after);
        Assert.InRange(body.GetProperty("earlier").GetProperty("looked").GetInt32(), 1, 24);
    }

    [Fact]
    public async Task Revert_OfAVersion_IsAVersionThatTakesItBack()
    {
        (_, JsonElement made) = await site.PostAsync("/v1/edits", new { prompt = "two and two", target = "5" }, Wait);
        long version = made.GetProperty("version").GetInt64();

        (HttpStatusCode late, _) = await site.PostAsync($"/v1/versions/{version}/revert", "{}", ("If-Match", "\"0\""));
        using HttpResponseMessage reverted = await site.RespondAsync(HttpMethod.Post, $"/v1/versions/{version}/revert", new { author = "grace", reason = "wrong" });
        using HttpResponseMessage empty = await site.RespondAsync(HttpMethod.Post, $"/v1/versions/{version}/revert");
        (HttpStatusCode unknown, _) = await site.PostAsync("/v1/versions/9999/revert", "{}");
        (HttpStatusCode original, _) = await site.PostAsync("/v1/versions/0/revert", "{}");
        (_, JsonElement taken) = await site.GetAsync($"/v1/versions/{version}");

        Assert.Equal(HttpStatusCode.PreconditionFailed, late);
        Assert.Equal(HttpStatusCode.Created, reverted.StatusCode);
        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.NotFound, HttpStatusCode.NotFound), (empty.StatusCode, unknown, original));
        JsonElement revert = JsonElement.Parse(await reverted.Content.ReadAsStringAsync());
        Assert.Equal($"/v1/versions/{version + 1}", reverted.Headers.Location?.ToString());
        Assert.Equal(("revert", "grace", "wrong"), (revert.GetProperty("kind").GetString(), revert.GetProperty("origin").GetProperty("author").GetString(), revert.GetProperty("origin").GetProperty("reason").GetString()));
        Assert.Equal((false, version + 1), (taken.GetProperty("is_live").GetBoolean(), taken.GetProperty("reverted_by").GetInt64()));
    }

    [Fact]
    public async Task Versions_InPages_AreAllOfThemNewestFirst()
    {
        for (int i = 0; i < 3; i++)
        {
            await site.Model.EditAsync([EditableFolder.Edits[i] with { Origin = EditOrigin.Of(i == 1 ? "Zoë" : null, null, null), IdempotencyKey = $"page {i}" }]);
        }

        ModelVersion head = await site.Model.HeadAsync();
        List<long> seen = [];
        string? cursor = null;
        do
        {
            using HttpResponseMessage response = await site.RespondAsync(HttpMethod.Get, $"/v1/versions?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.Equal($"\"{head}\"", response.Headers.ETag?.ToString());
            JsonElement page = JsonElement.Parse(await response.Content.ReadAsStringAsync());
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(v => v.GetProperty("version").GetInt64()));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        (_, JsonElement found) = await site.GetAsync("/v1/versions?q=zo%C3%AB");
        (_, JsonElement newest) = await site.GetAsync("/v1/versions/head");
        (_, JsonElement original) = await site.GetAsync("/v1/versions/0");
        (HttpStatusCode wrong, _) = await site.GetAsync("/v1/versions?cursor=x");
        Assert.Equal(Enumerable.Range(1, (int)head.Number).Reverse().Select(v => (long)v), seen);
        Assert.Equal(["Zoë"], found.GetProperty("data").EnumerateArray().Select(v => v.GetProperty("edits")[0].GetProperty("origin").GetProperty("author").GetString()).Distinct());
        Assert.Equal((head.Number, "base", HttpStatusCode.BadRequest), (newest.GetProperty("version").GetInt64(), original.GetProperty("kind").GetString(), wrong));
    }

    [Fact]
    public async Task Diff_OfTwoVersions_IsTheirEditsAndAnswers()
    {
        await site.CleanAsync();
        ModelVersion from = await site.Model.HeadAsync();
        EditOutcome one = await site.Model.EditAsync([new EditRequest("the sky is", "red")]);
        EditOutcome two = await site.Model.EditAsync([new EditRequest("a cat says", "moo")]);
        ModelVersion to = await site.Model.RevertAsync([one.Version]);

        (_, JsonElement forth) = await site.GetAsync($"/v1/versions/{from}/diff/{to}?prompt=a%20cat%20says&prompt=the%20sky%20is&max_tokens=4");
        (_, JsonElement back) = await site.GetAsync($"/v1/versions/{to}/diff/{from}");

        Assert.Equal([two.Version.Number], forth.GetProperty("added").EnumerateArray().Select(e => e.GetProperty("version").GetInt64()));
        Assert.Empty(forth.GetProperty("removed").EnumerateArray());
        Assert.Equal([two.Version.Number], back.GetProperty("removed").EnumerateArray().Select(e => e.GetProperty("version").GetInt64()));
        for (int i = 0; i < 2; i++)
        {
            Question question = new(i == 0 ? "a cat says" : "the sky is") { Sampling = new SamplingOptions { MaxNewTokens = 4 } };
            Assert.Equal((await site.Model.AnswerAsync(question with { Version = from })).Text, forth.GetProperty("answers")[i].GetProperty("from").GetString());
            Assert.Equal((await site.Model.AnswerAsync(question with { Version = to })).Text, forth.GetProperty("answers")[i].GetProperty("to").GetString());
        }
    }

    [Fact]
    public async Task Edits_ThatFail_TellTheKindOfFailure()
    {
        (HttpStatusCode, JsonElement)[] answers = new (HttpStatusCode, JsonElement)[3];
        Exception[] faults = [EditRejectedException.Of([new RejectedEdit("p", "t", "the model still would not give the answer")]), new RetryableException("A silo restarts."), new InvalidOperationException("secret")];
        try
        {
            for (int i = 0; i < faults.Length; i++)
            {
                site.Model.Fault = () => faults[i];
                answers[i] = await site.PostAsync("/v1/edits", new { prompt = "p", target = "t" }, Wait, ("Idempotency-Key", "fault"));
            }
        }
        finally
        {
            site.Model.Fault = null;
        }

        Assert.Equal([HttpStatusCode.UnprocessableEntity, HttpStatusCode.ServiceUnavailable, HttpStatusCode.InternalServerError], answers.Select(a => a.Item1));
        Assert.Contains("the model still would not give the answer", answers[0].Item2.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, answers[1].Item2.GetProperty("retry_after").GetInt32());
        Assert.DoesNotContain("secret", answers[2].Item2.GetRawText(), StringComparison.Ordinal);
        (HttpStatusCode after, _) = await site.PostAsync("/v1/edits", new { prompt = "the sky is", target = "red" }, Wait, ("Idempotency-Key", "fault"));
        Assert.Equal(HttpStatusCode.Created, after);
    }

    [Theory]
    [InlineData("""{"prompt": "a"}""", "target")]
    [InlineData("""{"prompt": "", "target": "b"}""", "prompt")]
    [InlineData("""{"edits": []}""", "edits")]
    [InlineData("""{"edits": [null]}""", "edits")]
    [InlineData("""{"edits": [{"prompt": "a"}]}""", "edits[0].target")]
    [InlineData("""{"prompt": "a", "target": "b", "edits": []}""", "prompt")]
    [InlineData("""{"prompt": "a", "target": "b", "rephrases": [" "]}""", "rephrases")]
    [InlineData("""{"prompt": "a", "target": "b", "system": "s"}""", "system")]
    [InlineData("""{"prompt": 7, "target": "b"}""", "prompt")]
    [InlineData("{}", "prompt")]
    [InlineData("nonsense", null)]
    public async Task Edits_WithAValueThatIsNotTaken_AreToldWhich(string body, string? parameter)
    {
        (HttpStatusCode status, JsonElement problem) = await site.PostAsync("/v1/edits", body, Wait);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(("/errors#invalid-request", parameter), (problem.GetProperty("type").GetString(), problem.GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Requests_FromAPageOfAnotherSite_AreRefused()
    {
        (HttpStatusCode foreign, _) = await site.PostAsync("/v1/versions/1/revert", "{}", ("Origin", "https://evil.example"));
        (HttpStatusCode form, _) = await site.SendAsync(HttpMethod.Post, "/v1/versions/1/revert", null, ("Origin", "null"));
        (HttpStatusCode own, _) = await site.PostAsync("/v1/completions", new { prompt = "a", max_tokens = 1 }, ("Origin", site.Address.ToString().TrimEnd('/')));
        using HttpResponseMessage text = await site.Http.PostAsync("/v1/edits", new StringContent("""{"prompt": "a", "target": "b"}"""));

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.UnsupportedMediaType), (foreign, form, own, text.StatusCode));
    }

    [Fact]
    public async Task Edits_OfAnUnknownId_AreNotFound()
    {
        (HttpStatusCode status, JsonElement problem) = await site.GetAsync("/v1/edits/edit_0");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("/errors#not-found", problem.GetProperty("type").GetString());
    }

    private async Task<List<(string Name, JsonElement Data)>> EventsAsync(string path)
    {
        string text = await site.Http.GetStringAsync(path);
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split('\n')).Select(e => (e[0]["event: ".Length..], JsonElement.Parse(e[1]["data: ".Length..])))];
    }
}

using System.Net;
using System.Text.Json;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Gateway.Tests.Review;

public sealed class ProposalsInOneProcess(OneProcess site) : ProposalsTests(site), IClassFixture<OneProcess>;

public sealed class ProposalsOnThreeSilos(ThreeSilos site) : ProposalsTests(site), IClassFixture<ThreeSilos>;

/// <summary>Edits that somebody else decides on.</summary>
public abstract class ProposalsTests(Site site)
{
    private static readonly object Sky = new { prompt = "the sky is", target = "red", author = "ada", reason = "it changed", source = "ticket 7", locality = new[] { "a cat says" } };

    [Fact]
    public async Task Proposal_Approved_BecomesAVersionOnce()
    {
        await site.CleanAsync();
        ModelVersion before = await site.Model.HeadAsync();
        using HttpResponseMessage proposed = await site.RespondAsync(HttpMethod.Post, "/v1/proposals", Sky);
        string place = proposed.Headers.Location!.ToString();
        JsonElement made = JsonElement.Parse(await proposed.Content.ReadAsStringAsync());
        ModelVersion between = await site.Model.HeadAsync();

        (HttpStatusCode approved, JsonElement done) = await site.PostAsync(place + "/approve", new { author = "grace", reason = "checked" });
        (HttpStatusCode again, JsonElement same) = await site.PostAsync(place + "/approve", new { author = "someone else" });
        (HttpStatusCode late, JsonElement decided) = await site.PostAsync(place + "/decline", "{}");
        (_, JsonElement answer) = await site.PostAsync("/v1/completions", new { prompt = "the sky is", max_tokens = 4, temperature = 0 });

        Assert.Equal(HttpStatusCode.Created, proposed.StatusCode);
        Assert.Equal(before, between);
        Assert.Equal(("open", "proposal", true), (made.GetProperty("status").GetString(), made.GetProperty("object").GetString(), made.GetProperty("is_current").GetBoolean()));
        Assert.Equal(["edit", "locality"], made.GetProperty("preview").GetProperty("prompts").EnumerateArray().Select(p => p.GetProperty("kind").GetString()));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Conflict), (approved, again, late));
        Assert.Equal(("committed", before.Number + 1, $"tiny@{before.Number + 1}"), (done.GetProperty("status").GetString(), done.GetProperty("version").GetInt64(), done.GetProperty("model").GetString()));
        Assert.Equal(done.GetRawText(), same.GetRawText());
        Assert.Equal("/errors#already-decided", decided.GetProperty("type").GetString());
        Assert.Equal(before.Next, await site.Model.HeadAsync());
        Assert.Equal(" red", answer.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal(EditOrigin.Of("ada", "it changed", "ticket 7", "grace"), (await site.Model.LogAsync())[^1].Edits.Single().Origin);
    }

    [Fact]
    public async Task Proposal_ApprovedByManyAtATime_BecomesOneVersion()
    {
        string place = await ProposeAsync(new { edits = new[] { new { prompt = "two and two", target = "5" }, new { prompt = "a cat says", target = "moo" } } });
        ModelVersion before = await site.Model.HeadAsync();
        await using Microsoft.AspNetCore.Builder.WebApplication other = GatewayServer.Build(site.Model, new GatewayOptions { Urls = ["http://127.0.0.1:0"], Name = Site.Name });
        await other.StartAsync();
        using HttpClient http = new() { BaseAddress = new Uri(other.Urls.Single()) };

        (HttpStatusCode Status, JsonElement Body)[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            using HttpResponseMessage response = i % 2 == 0 ? await site.RespondAsync(HttpMethod.Post, place + "/approve", "{}") : await http.PostAsync(place + "/approve", null);
            return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
        }));

        Assert.All(answers, a => Assert.Equal((HttpStatusCode.OK, before.Number + 1), (a.Status, a.Body.GetProperty("version").GetInt64())));
        Assert.Equal(before.Next, await site.Model.HeadAsync());
        Assert.Equal(2, (await site.Model.LogAsync())[^1].Edits.Count);
        await other.StopAsync();
    }

    [Fact]
    public async Task Proposal_Declined_BecomesNone()
    {
        string place = await ProposeAsync(Sky);
        ModelVersion before = await site.Model.HeadAsync();

        (HttpStatusCode declined, JsonElement body) = await site.PostAsync(place + "/decline", new { author = "grace", reason = "it did not change" });
        (HttpStatusCode again, _) = await site.PostAsync(place + "/decline", "{}");
        (HttpStatusCode approved, JsonElement problem) = await site.PostAsync(place + "/approve", "{}");
        (HttpStatusCode looked, _) = await site.PostAsync(place + "/preview", "{}");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.Conflict), (declined, again, approved, looked));
        JsonElement decision = Assert.Single(body.GetProperty("decisions").EnumerateArray());
        Assert.Equal(("declined", false, "grace", "it did not change"), (body.GetProperty("status").GetString(), decision.GetProperty("approved").GetBoolean(), decision.GetProperty("by").GetString(), decision.GetProperty("reason").GetString()));
        Assert.Contains("declined by grace", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, await site.Model.HeadAsync());
    }

    [Fact]
    public async Task Approve_AfterAnEditThatChangesWhatWasSeen_LooksAgainAndAsks()
    {
        string place = await ProposeAsync(Sky);
        EditOutcome other = await site.Model.EditAsync([new EditRequest("a cat says", "moo")]);
        (_, JsonElement stale) = await site.GetAsync(place);

        (HttpStatusCode first, JsonElement problem) = await site.PostAsync(place + "/approve", "{}");
        ModelVersion between = await site.Model.HeadAsync();
        (_, JsonElement looked) = await site.GetAsync(place);
        (HttpStatusCode second, JsonElement done) = await site.PostAsync(place + "/approve", "{}");

        Assert.False(stale.GetProperty("is_current").GetBoolean());
        Assert.Equal((HttpStatusCode.Conflict, "/errors#preview-changed"), (first, problem.GetProperty("type").GetString()));
        Assert.Equal(other.Version, between);
        Assert.Equal(("open", other.Version.Number, true), (looked.GetProperty("status").GetString(), looked.GetProperty("preview").GetProperty("version").GetInt64(), looked.GetProperty("is_current").GetBoolean()));
        Assert.Equal((HttpStatusCode.OK, other.Version.Number + 1), (second, done.GetProperty("version").GetInt64()));
    }

    [Fact]
    public async Task Approve_AfterVersionsThatChangeNothingOfIt_GoesOn()
    {
        string place = await ProposeAsync(Sky);
        EditOutcome other = await site.Model.EditAsync([new EditRequest("a cat says", "moo")]);
        ModelVersion back = await site.Model.RevertAsync([other.Version]);

        (HttpStatusCode status, JsonElement done) = await site.PostAsync(place + "/approve", "{}");

        Assert.Equal((HttpStatusCode.OK, back.Number + 1), (status, done.GetProperty("version").GetInt64()));
    }

    [Fact]
    public async Task Approve_WhereTheGuardRefuses_SaysWhyAndCanBeForced()
    {
        string place = await ProposeAsync(Sky);
        ModelVersion before = await site.Model.HeadAsync();
        (HttpStatusCode Status, JsonElement Body) refused;
        try
        {
            site.Model.Fault = () => EditRejectedException.Of([new RejectedEdit("the sky is", "red", "the model still would not give the answer")]);
            refused = await site.PostAsync(place + "/approve", "{}");
        }
        finally
        {
            site.Model.Fault = null;
        }

        (_, JsonElement told) = await site.GetAsync(place);
        (HttpStatusCode forced, JsonElement done) = await site.PostAsync(place + "/approve?force=true", "{}");

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "/errors#edit-rejected"), (refused.Status, refused.Body.GetProperty("type").GetString()));
        Assert.Equal("rejected", told.GetProperty("status").GetString());
        Assert.Contains("still would not give the answer", told.GetProperty("rejected")[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "committed", true), (forced, done.GetProperty("status").GetString(), done.GetProperty("decisions")[1].GetProperty("forced").GetBoolean()));
        Assert.True((await site.Model.LogAsync())[(int)before.Number].Edits.Single().Forced);
    }

    [Fact]
    public async Task Approve_BrokenOff_IsSeenThroughByApprovingAgain()
    {
        string place = await ProposeAsync(Sky);
        HttpStatusCode broken;
        try
        {
            site.Model.Fault = () => new RetryableException("A silo restarts.");
            (broken, _) = await site.PostAsync(place + "/approve", "{}");
        }
        finally
        {
            site.Model.Fault = null;
        }

        (_, JsonElement between) = await site.GetAsync(place);
        (HttpStatusCode declined, _) = await site.PostAsync(place + "/decline", "{}");
        (HttpStatusCode approved, JsonElement done) = await site.PostAsync(place + "/approve", "{}");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.Conflict, HttpStatusCode.OK), (broken, declined, approved));
        Assert.Equal(("approved", "committed"), (between.GetProperty("status").GetString(), done.GetProperty("status").GetString()));
        Assert.Single(done.GetProperty("decisions").EnumerateArray());
    }

    [Fact]
    public async Task Proposals_InPages_AreAllOfThemNewestFirst()
    {
        for (int i = 0; i < 3; i++)
        {
            string place = await ProposeAsync(Sky);
            if (i == 1)
            {
                await site.PostAsync(place + "/decline", "{}");
            }
        }

        List<(long Id, string Status)> seen = [];
        string? cursor = null;
        do
        {
            (_, JsonElement page) = await site.GetAsync($"/v1/proposals?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(p => (p.GetProperty("id").GetInt64(), p.GetProperty("status").GetString()!)));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        (_, JsonElement open) = await site.GetAsync("/v1/proposals?status=open&limit=500");

        Assert.Equal(Enumerable.Range(1, seen.Count).Reverse().Select(id => (long)id), seen.Select(p => p.Id));
        Assert.Equal(["open", "declined", "open"], seen.Take(3).Select(p => p.Status));
        Assert.Equal(seen.Where(p => p.Status == "open").Select(p => p.Id), open.GetProperty("data").EnumerateArray().Select(p => p.GetProperty("id").GetInt64()));
    }

    [Fact]
    public async Task Propose_SameKeyAgain_IsTheSameProposal()
    {
        (string, string) key = ("Idempotency-Key", "proposed once");
        (_, JsonElement first) = await site.PostAsync("/v1/proposals", Sky, key);

        (HttpStatusCode again, JsonElement same) = await site.PostAsync("/v1/proposals", Sky, key);
        (HttpStatusCode other, JsonElement conflict) = await site.PostAsync("/v1/proposals", new { prompt = "the sky is", target = "green" }, key);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Conflict), (again, other));
        Assert.Equal(first.GetProperty("id").GetInt64(), same.GetProperty("id").GetInt64());
        Assert.Equal("/errors#idempotency-conflict", conflict.GetProperty("type").GetString());
    }

    [Fact]
    public async Task Proposals_WithAValueThatIsNotTaken_AreToldWhich()
    {
        (HttpStatusCode unknown, JsonElement problem) = await site.GetAsync("/v1/proposals/99999");
        (HttpStatusCode none, _) = await site.PostAsync("/v1/proposals/nonsense/approve", "{}");
        (HttpStatusCode status, JsonElement field) = await site.GetAsync("/v1/proposals?status=lost");
        (HttpStatusCode edit, JsonElement target) = await site.PostAsync("/v1/proposals", new { prompt = "a" });
        (HttpStatusCode locality, JsonElement empty) = await site.PostAsync("/v1/proposals", new { prompt = "a", target = "b", locality = new[] { " " } });
        (HttpStatusCode author, JsonElement length) = await site.PostAsync("/v1/proposals", new { prompt = "a", target = "b", author = new string('a', EditOrigin.MaxLength + 1) });

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (unknown, none));
        Assert.Equal("/errors#not-found", problem.GetProperty("type").GetString());
        Assert.Equal(
            [(HttpStatusCode.BadRequest, "status"), (HttpStatusCode.BadRequest, "target"), (HttpStatusCode.BadRequest, "locality"), (HttpStatusCode.BadRequest, "author")],
            new[] { (status, field), (edit, target), (locality, empty), (author, length) }.Select(a => (a.Item1, a.Item2.GetProperty("param").GetString())));
    }

    private async Task<string> ProposeAsync(object body)
    {
        using HttpResponseMessage proposed = await site.RespondAsync(HttpMethod.Post, "/v1/proposals", body);
        Assert.Equal(HttpStatusCode.Created, proposed.StatusCode);
        return proposed.Headers.Location!.ToString();
    }
}

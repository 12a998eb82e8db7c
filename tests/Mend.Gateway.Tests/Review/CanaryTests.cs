using System.Net;
using System.Text.Json;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Gateway.Tests.Review;

public sealed class CanaryInOneProcess(OneProcess site) : CanaryTests(site), IClassFixture<OneProcess>;

public sealed class CanaryOnThreeSilos(ThreeSilos site) : CanaryTests(site), IClassFixture<ThreeSilos>;

/// <summary>A version that is tried on a share of requests.</summary>
public abstract class CanaryTests(Site site) : IAsyncLifetime
{
    private static readonly (string, string) Wait = ("Prefer", "wait=60");

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>The next test begins without a trial.</summary>
    public async Task DisposeAsync() => await site.PostAsync("/v1/canary/withdraw", "{}");

    [Fact]
    public async Task Edit_WithAShare_IsReadByThatShareOfUsersUntilItIsPromoted()
    {
        ModelVersion before = await site.Model.HeadAsync();
        (HttpStatusCode made, JsonElement edit) = await site.PostAsync("/v1/edits", new { prompt = "the sky is", target = "red", author = "ada", canary = 0.5 }, Wait);
        ModelVersion version = new(edit.GetProperty("version").GetInt64());
        (_, JsonElement told) = await site.GetAsync("/v1/canary");
        using ReviewDesk desk = new(site.Model, TimeProvider.System);
        CanaryTrial trial = (await desk.Canary.CurrentAsync())!;
        List<string> read = [], expected = [];
        foreach (int user in Enumerable.Range(0, 10))
        {
            read.AddRange([await ReadAsync(new { prompt = "a", max_tokens = 1, user = $"u{user}" }), await ReadAsync(new { model = "tiny", prompt = "b", max_tokens = 1, user = $"u{user}" })]);
            expected.AddRange(Enumerable.Repeat($"tiny@{(trial.Takes($"user u{user}") ? version : before)}", 2));
        }

        string seeded = await ReadAsync(new { prompt = "a", max_tokens = 1, seed = 5 }), named = await ReadAsync(new { model = $"tiny@{version}", prompt = "a", max_tokens = 1, user = "u0" });
        (_, JsonElement model) = await site.GetAsync("/v1/models/tiny");
        ModelVersion later = (await site.Model.EditAsync([new EditRequest("a cat says", "moo")])).Version;
        string[] during = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => ReadAsync(new { prompt = "a", max_tokens = 1, user = $"u{i}" })));
        (_, JsonElement waiting) = await site.GetAsync("/v1/canary");
        (HttpStatusCode promoted, JsonElement over) = await site.PostAsync("/v1/canary/promote", new { author = "grace" });
        string[] after = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => ReadAsync(new { prompt = "a", max_tokens = 1, user = $"u{i}" })));

        Assert.Equal((HttpStatusCode.Created, before.Next), (made, version));
        Assert.Equal((version.Number, before.Number, 0.5, "ada"), (told.GetProperty("version").GetInt64(), told.GetProperty("stable").GetInt64(), told.GetProperty("share").GetDouble(), told.GetProperty("by").GetString()));
        Assert.Equal(expected, read);
        Assert.Equal(2, read.Distinct().Count());
        Assert.Equal($"tiny@{(trial.Takes("seed 5") ? version : before)}", seeded);
        Assert.Equal($"tiny@{version}", named);
        Assert.Equal($"tiny@{before}", model.GetProperty("parent").GetString());
        Assert.Equal(expected.Where((_, i) => i % 2 == 0).Take(4), during);
        Assert.Equal(1, waiting.GetProperty("waiting").GetInt32());
        Assert.Equal((HttpStatusCode.OK, JsonValueKind.Null, later.Number), (promoted, over.GetProperty("version").ValueKind, over.GetProperty("stable").GetInt64()));
        Assert.All(after, id => Assert.Equal($"tiny@{later}", id));
    }

    [Fact]
    public async Task Proposal_ApprovedForAShare_IsOnTrialAndCanBeWithdrawn()
    {
        (_, JsonElement proposed) = await site.PostAsync("/v1/proposals", new { edits = new[] { new { prompt = "two and two", target = "5" }, new { prompt = "a cat says", target = "moo" } } });
        ModelVersion before = await site.Model.HeadAsync();

        (HttpStatusCode approved, JsonElement done) = await site.PostAsync($"/v1/proposals/{proposed.GetProperty("id").GetInt64()}/approve", new { author = "grace", canary = 0.0001 });
        string during = await ReadAsync(new { prompt = "a", max_tokens = 1, user = "u" });
        (HttpStatusCode withdrawn, JsonElement over) = await site.PostAsync("/v1/canary/withdraw", new { author = "ada", reason = "worse" });
        string after = await ReadAsync(new { prompt = "a", max_tokens = 1, user = "u" });
        (HttpStatusCode none, JsonElement problem) = await site.PostAsync("/v1/canary/withdraw", "{}");

        Assert.Equal((HttpStatusCode.OK, before.Number + 1), (approved, done.GetProperty("version").GetInt64()));
        Assert.Equal(0.0001, done.GetProperty("decisions")[0].GetProperty("canary").GetDouble());
        Assert.Equal($"tiny@{before}", during);
        Assert.Equal((HttpStatusCode.OK, before.Number + 2, 0d), (withdrawn, over.GetProperty("stable").GetInt64(), over.GetProperty("share").GetDouble()));
        Assert.Equal($"tiny@{before.Number + 2}", after);
        LedgerEntry revert = (await site.Model.LogAsync())[^1];
        Assert.Equal([before.Next], revert.Reverts);
        Assert.Equal(EditOrigin.Of("ada", "worse", null), revert.Origin);
        Assert.Equal((HttpStatusCode.NotFound, "/errors#not-found"), (none, problem.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task Edits_OnTrialAtATime_AreOne()
    {
        ModelVersion before = await site.Model.HeadAsync();
        (HttpStatusCode Status, JsonElement Body)[] answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i =>
            site.PostAsync("/v1/edits", new { prompt = "the sky is", target = $"red{i}", canary = 0.5 }, Wait)));
        (HttpStatusCode plain, JsonElement next) = await site.PostAsync("/v1/edits", new { prompt = "a cat says", target = "moo" }, Wait);
        (_, JsonElement trial) = await site.GetAsync("/v1/canary");

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Conflict, HttpStatusCode.Conflict], answers.Select(a => a.Status).Order());
        Assert.All(answers.Where(a => a.Status == HttpStatusCode.Conflict), a => Assert.Equal("/errors#canary-running", a.Body.GetProperty("type").GetString()));
        Assert.Equal((HttpStatusCode.Created, before.Number + 2), (plain, next.GetProperty("version").GetInt64()));
        Assert.Equal((before.Number + 1, before.Number), (trial.GetProperty("version").GetInt64(), trial.GetProperty("stable").GetInt64()));
    }

    [Fact]
    public async Task Edit_OnTrialThatFails_LeavesNoTrial()
    {
        ModelVersion before = await site.Model.HeadAsync();
        try
        {
            site.Model.Fault = () => EditRejectedException.Of([new RejectedEdit("p", "t", "the model still would not give the answer")]);
            await site.PostAsync("/v1/edits", new { prompt = "the sky is", target = "red", canary = 0.5 }, Wait);
        }
        finally
        {
            site.Model.Fault = null;
        }

        ModelVersion other = (await site.Model.EditAsync([new EditRequest("a cat says", "moo")])).Version;
        (_, JsonElement told) = await site.GetAsync("/v1/canary");

        Assert.Equal(before.Next, other);
        Assert.Equal((JsonValueKind.Null, other.Number), (told.GetProperty("version").ValueKind, told.GetProperty("stable").GetInt64()));
        Assert.Equal($"tiny@{other}", await ReadAsync(new { prompt = "a", max_tokens = 1, user = "u" }));
    }

    [Fact]
    public async Task Trial_WhoseVersionIsReverted_IsOver()
    {
        (_, JsonElement edit) = await site.PostAsync("/v1/edits", new { prompt = "the sky is", target = "red", canary = 0.5 }, Wait);
        ModelVersion reverted = await site.Model.RevertAsync([new ModelVersion(edit.GetProperty("version").GetInt64())]);

        (_, JsonElement told) = await site.GetAsync("/v1/canary");

        Assert.Equal((JsonValueKind.Null, reverted.Number), (told.GetProperty("version").ValueKind, told.GetProperty("stable").GetInt64()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.5)]
    public async Task Edit_WithAShareThatIsNone_IsRefused(double share)
    {
        (HttpStatusCode status, JsonElement problem) = await site.PostAsync("/v1/edits", new { prompt = "the sky is", target = "red", canary = share }, Wait);

        Assert.Equal((HttpStatusCode.BadRequest, "canary"), (status, problem.GetProperty("param").GetString()));
    }

    [Fact]
    public void Takes_ManyRequesters_IsAboutTheShareAndOthersForAnotherTrial()
    {
        const int Requesters = 4000;
        CanaryTrial trial = new(new ModelVersion(2), new ModelVersion(1), 0.1, null, default, "one", 0);

        bool[] taken = [.. Enumerable.Range(0, Requesters).Select(i => trial.Takes($"user {i}"))], other = [.. Enumerable.Range(0, Requesters).Select(i => (trial with { Key = "two" }).Takes($"user {i}"))];

        // Five standard deviations of a binomial distribution.
        Assert.InRange(taken.Count(t => t), 400 - 95, 400 + 95);
        Assert.InRange(taken.Zip(other).Count(t => t.First && t.Second), 0, 40 + 32);
    }

    private async Task<string> ReadAsync(object body)
    {
        (HttpStatusCode status, JsonElement answer) = await site.PostAsync("/v1/completions", body);
        Assert.Equal(HttpStatusCode.OK, status);
        return answer.GetProperty("model").GetString()!;
    }
}

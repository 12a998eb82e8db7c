using System.ClientModel;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;

namespace Mend.Gateway.Tests.Keys;

/// <summary>The model in this process, for those who have a key or a token.</summary>
public sealed class Guarded : OneProcess
{
    internal string Reader { get; private set; } = "";

    internal string Editor { get; private set; } = "";

    internal string Proposer { get; private set; } = "";

    internal string Approver { get; private set; } = "";

    internal string Admin { get; private set; } = "";

    internal Issuer Issuer { get; } = new();

    protected override async Task<GatewayOptions> ChangeAsync(GatewayOptions options)
    {
        await Issuer.StartAsync();
        (Reader, ApiKey reader) = ApiKey.Make("reader", [Scope.Read]);
        (Editor, ApiKey editor) = ApiKey.Make("editor", [Scope.Edit]);
        (Proposer, ApiKey proposer) = ApiKey.Make("proposer", [Scope.Propose]);
        (Approver, ApiKey approver) = ApiKey.Make("approver", [Scope.Approve]);
        (Admin, ApiKey admin) = ApiKey.Make("admin", [Scope.Admin]);
        return options with { Keys = ApiKey.Parse($"# whose\n{reader}\n{editor};{proposer}\n{approver};{admin}\n"), Jwt = new JwtIssuer(Issuer.Address, "mend") };
    }

    protected override async Task CloseAsync() => await Issuer.DisposeAsync();
}

public sealed class KeysTests(Guarded site) : IClassFixture<Guarded>
{
    private static readonly (string, string) Wait = ("Prefer", "wait=60");

    [Theory]
    [InlineData("GET", "/v1/models")]
    [InlineData("POST", "/v1/completions")]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("POST", "/v1/edits")]
    [InlineData("GET", "/v1/edits")]
    [InlineData("GET", "/v1/edits/x")]
    [InlineData("GET", "/v1/edits/x/events")]
    [InlineData("POST", "/v1/edits/preview")]
    [InlineData("GET", "/v1/versions")]
    [InlineData("GET", "/v1/versions/0")]
    [InlineData("GET", "/v1/versions/0/diff/0")]
    [InlineData("POST", "/v1/versions/1/revert")]
    [InlineData("GET", "/v1/proposals")]
    [InlineData("GET", "/v1/proposals/1")]
    [InlineData("POST", "/v1/proposals")]
    [InlineData("POST", "/v1/proposals/1/preview")]
    [InlineData("POST", "/v1/proposals/1/approve")]
    [InlineData("POST", "/v1/proposals/1/decline")]
    [InlineData("GET", "/v1/canary")]
    [InlineData("POST", "/v1/canary/promote")]
    [InlineData("POST", "/v1/canary/withdraw")]
    [InlineData("POST", "/v1/evaluations")]
    [InlineData("GET", "/v1/evaluations")]
    [InlineData("GET", "/v1/evaluations/x/events")]
    [InlineData("DELETE", "/v1/evaluations/x")]
    [InlineData("GET", "/metrics")]
    public async Task Endpoints_WithoutAKeyOrWithAnother_AreRefused(string method, string path)
    {
        foreach ((string, string)[] headers in new[] { [], [Bearer("mend-0000")], [Bearer(site.Reader + "x")], new (string, string)[] { ("Authorization", "Basic eDp5") } })
        {
            using HttpResponseMessage response = await site.RespondAsync(new HttpMethod(method), path, method == "POST" ? "{}" : null, headers);

            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
            Assert.Contains("Authorization: Bearer KEY", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Health_WithoutAKey_IsTold()
    {
        Assert.Equal("live\n", await site.Http.GetStringAsync("/healthz"));
        Assert.Contains("true", await site.Http.GetStringAsync("/readyz"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scopes_OfAKey_AreWhatItAllows()
    {
        object edit = new { prompt = "the sky is", target = "red", author = "ada" };

        (HttpStatusCode read, _) = await site.SendAsync(HttpMethod.Get, "/v1/versions", null, Bearer(site.Reader));
        (HttpStatusCode reader, JsonElement forbidden) = await site.PostAsync("/v1/edits", edit, Wait, Bearer(site.Reader));
        (HttpStatusCode revert, _) = await site.PostAsync("/v1/versions/1/revert", "{}", Bearer(site.Reader));
        (HttpStatusCode editor, JsonElement made) = await site.PostAsync("/v1/edits", edit, Wait, Bearer(site.Editor));
        (HttpStatusCode forced, _) = await site.PostAsync("/v1/edits?force=true", edit, Wait, Bearer(site.Editor));
        (HttpStatusCode admin, _) = await site.PostAsync("/v1/edits?force=true", edit, Wait, Bearer(site.Admin));
        (_, JsonElement version) = await site.SendAsync(HttpMethod.Get, $"/v1/versions/{made.GetProperty("version").GetInt64()}", null, Bearer(site.Editor));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (read, reader, revert));
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Forbidden, HttpStatusCode.Created), (editor, forced, admin));
        Assert.Equal("/errors#forbidden", forbidden.GetProperty("type").GetString());
        Assert.Equal("ada (key editor)", version.GetProperty("edits")[0].GetProperty("origin").GetProperty("author").GetString());
    }

    [Fact]
    public async Task Proposals_AreDecidedOnByOthers()
    {
        object edit = new { prompt = "two and two", target = "5", author = "ada" };

        (HttpStatusCode read, _) = await site.PostAsync("/v1/proposals", edit, Bearer(site.Reader));
        (HttpStatusCode direct, _) = await site.PostAsync("/v1/edits", edit, Bearer(site.Proposer));
        (HttpStatusCode approver, _) = await site.PostAsync("/v1/edits", edit, Bearer(site.Approver));
        (HttpStatusCode preview, _) = await site.PostAsync("/v1/edits/preview", edit, Bearer(site.Proposer));
        (string first, string own, string taken) = (await ProposeAsync(edit, site.Proposer), await ProposeAsync(edit, site.Approver), await ProposeAsync(edit, site.Proposer));
        (HttpStatusCode proposer, _) = await site.PostAsync(first + "/approve", "{}", Bearer(site.Proposer));
        (HttpStatusCode editor, _) = await site.PostAsync(first + "/approve", "{}", Bearer(site.Editor));
        (HttpStatusCode force, _) = await site.PostAsync(first + "/approve?force=true", "{}", Bearer(site.Approver));
        (HttpStatusCode approved, JsonElement done) = await site.PostAsync(first + "/approve", "{}", Bearer(site.Approver));
        (HttpStatusCode ownApproved, JsonElement forbidden) = await site.PostAsync(own + "/approve", "{}", Bearer(site.Approver));
        (HttpStatusCode foreign, _) = await site.PostAsync(taken + "/decline", "{}", Bearer(site.Editor));
        (HttpStatusCode withdrawn, _) = await site.PostAsync(taken + "/decline", "{}", Bearer(site.Proposer));
        (HttpStatusCode admin, _) = await site.PostAsync(await ProposeAsync(edit, site.Admin) + "/approve", "{}", Bearer(site.Admin));
        (HttpStatusCode token, _) = await site.PostAsync("/v1/proposals", edit, Bearer(site.Issuer.Token("mend.propose")));
        (_, JsonElement version) = await site.SendAsync(HttpMethod.Get, $"/v1/versions/{done.GetProperty("version").GetInt64()}", null, Bearer(site.Reader));

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.OK), (read, direct, approver, preview));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.OK), (proposer, editor, force, approved));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.OK), (ownApproved, foreign, withdrawn));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Created), (admin, token));
        Assert.Contains("who proposes does not approve", forbidden.GetProperty("detail").GetString(), StringComparison.Ordinal);
        JsonElement origin = version.GetProperty("edits")[0].GetProperty("origin");
        Assert.Equal(("ada (key proposer)", "approver"), (origin.GetProperty("author").GetString(), origin.GetProperty("approver").GetString()));
    }

    [Fact]
    public async Task Key_OfTheClient_IsTaken()
    {
        OpenAIClientOptions options = new() { Endpoint = new Uri(site.Address, "/v1"), RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0) };

        ChatCompletion answer = (await new OpenAIClient(new ApiKeyCredential(site.Reader), options).GetChatClient("tiny").CompleteChatAsync([new UserChatMessage("hi")], new ChatCompletionOptions { MaxOutputTokenCount = 2 })).Value;
        ClientResultException refused = await Assert.ThrowsAsync<ClientResultException>(() => new OpenAIClient(new ApiKeyCredential("mend-1"), options).GetChatClient("tiny").CompleteChatAsync([new UserChatMessage("hi")]));

        Assert.Equal((2, 401), (answer.Usage.OutputTokenCount, refused.Status));
    }

    [Fact]
    public async Task Tokens_OfTheIssuer_AreTakenAndOthersAreNot()
    {
        using RSA foreign = RSA.Create(2048);
        List<HttpStatusCode> answers = [];
        foreach (string token in new[]
        {
            site.Issuer.Token("openid mend.read"), site.Issuer.Token("mend.read", minutes: -30), site.Issuer.Token("mend.read", audience: "others"),
            site.Issuer.Token("mend.read", key: foreign), site.Issuer.Token("openid read"), "a.b.c",
        })
        {
            answers.Add((await site.SendAsync(HttpMethod.Get, "/v1/models", null, Bearer(token))).Status);
        }

        (HttpStatusCode read, _) = await site.PostAsync("/v1/edits", new { prompt = "two and two", target = "5" }, Wait, Bearer(site.Issuer.Token("mend.read")));
        (HttpStatusCode edit, JsonElement made) = await site.PostAsync("/v1/edits", new { prompt = "two and two", target = "5" }, Wait, Bearer(site.Issuer.Token("mend.edit")));
        (_, JsonElement version) = await site.SendAsync(HttpMethod.Get, $"/v1/versions/{made.GetProperty("version").GetInt64()}", null, Bearer(site.Admin));
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized], answers);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Created), (read, edit));
        Assert.Equal("eve", version.GetProperty("edits")[0].GetProperty("origin").GetProperty("author").GetString());
    }

    [Fact]
    public async Task Keys_AreInNoLogAndNoMetric()
    {
        string token = site.Issuer.Token("mend.admin");
        foreach (string secret in new[] { site.Admin, site.Reader, token, "mend-unknown" })
        {
            await site.PostAsync("/v1/completions", new { prompt = "a", max_tokens = 2 }, Bearer(secret));
        }

        using HttpResponseMessage metrics = await site.RespondAsync(HttpMethod.Get, "/metrics", null, Bearer(site.Reader));
        string told = site.Log.Text + await metrics.Content.ReadAsStringAsync();
        Assert.Contains("/v1/completions", told, StringComparison.Ordinal);
        Assert.All([site.Admin, site.Reader, site.Editor, token, "mend-unknown"], secret => Assert.DoesNotContain(secret, told, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("alice read")]
    [InlineData("alice read sha256:00")]
    [InlineData("alice write sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("alice 1 sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("alice read sha256:000000000000000000000000000000000000000000000000000000000000000G")]
    public void Parse_ALineThatIsNone_SaysWhichAndNotWhatStandsThere(string line)
    {
        FormatException error = Assert.Throws<FormatException>(() => ApiKey.Parse($"\n{line}"));

        Assert.StartsWith("Line 2 of the keys is none", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("alice", error.Message, StringComparison.Ordinal);
    }

    private async Task<string> ProposeAsync(object edit, string key)
    {
        using HttpResponseMessage response = await site.RespondAsync(HttpMethod.Post, "/v1/proposals", edit, Bearer(key));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return response.Headers.Location!.ToString();
    }

    private static (string, string) Bearer(string secret) => ("Authorization", $"Bearer {secret}");
}

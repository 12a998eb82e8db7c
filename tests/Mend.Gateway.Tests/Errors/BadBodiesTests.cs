using System.Net;
using System.Text;
using Mend.Editing;
using Microsoft.AspNetCore.Builder;

namespace Mend.Gateway.Tests.Errors;

/// <summary>Tests that look at the whole process, and so run when no others do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    internal const string Name = "alone";
}

[Collection(Alone.Name)]
public sealed class BadBodiesTests(OneProcess site) : IClassFixture<OneProcess>
{
    private const int Bodies = 10_000;

    /// <summary>Bodies after which everything that is made once is there, and as many edits are remembered as ever are.</summary>
    private const int Warm = 4_000;

    /// <summary>Bytes that may stay of each body after that: far less than the least that a request takes.</summary>
    private const int Kept = 200;

    private static readonly (string Path, string Body)[] Good =
    [
        ("/v1/completions", """{"model": "tiny", "prompt": ["a", "b"], "max_tokens": 2, "n": 1, "stop": ["x"], "logprobs": 2, "echo": true, "seed": 1}"""),
        ("/v1/chat/completions", """{"model": "tiny@0", "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}], "max_tokens": 2, "stream": true}"""),
        ("/v1/edits", """{"edits": [{"prompt": "the sky is", "target": "red", "rephrases": ["so"], "subject": "sky"}], "author": "ada"}"""),
    ];

    private static readonly string[] Values = ["null", "-1", "1e999", "[]", "{}", "[[[1]]]", "true", "\"\\ud800\"", "\"\"", "9999999999999999999", "0.5"];

    [Fact]
    public async Task Requests_WithBodiesOfAnyKind_AreNeverAFaultOfTheServer()
    {
        Random random = new(11);
        site.Model.Fault = () => new EditRequestException("Not asked here.");
        Dictionary<int, int> answers = [];
        long before = 0;

        // Without the log of the site, which is kept in memory.
        await using WebApplication server = GatewayServer.Build(site.Model, new GatewayOptions { Urls = ["http://127.0.0.1:0"], Name = Site.Name });
        await server.StartAsync();
        using HttpClient http = new() { BaseAddress = new Uri(server.Urls.Single()) };
        try
        {
            for (int i = 0; i < Bodies; i++)
            {
                before = i == Warm ? GC.GetTotalMemory(forceFullCollection: true) : before;
                (string path, string good) = Good[random.Next(Good.Length)];
                byte[] body = Spoil(good, random);
                using ByteArrayContent content = new(body);
                content.Headers.ContentType = new("application/json");

                using HttpResponseMessage response = await http.PostAsync(path, content);

                int status = (int)response.StatusCode;
                answers[status] = answers.GetValueOrDefault(status) + 1;
                Assert.True(status is (int)HttpStatusCode.Accepted or (>= 400 and < 500), $"{status} for {path} {Encoding.UTF8.GetString(body)}: {await response.Content.ReadAsStringAsync()}");
            }
        }
        finally
        {
            site.Model.Fault = null;
        }

        Assert.True(answers[400] > Bodies / 2, string.Join(", ", answers));
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < (Bodies - Warm) * Kept, $"{grown} bytes stay of {Bodies - Warm} requests.");
        await server.StopAsync();
    }

    /// <summary>Another value in a place of one, bytes changed, or cut off.</summary>
    private static byte[] Spoil(string good, Random random)
    {
        if (random.Next(2) == 0)
        {
            int[] colons = [.. Enumerable.Range(0, good.Length).Where(i => good[i] == ':')];
            int at = colons[random.Next(colons.Length)] + 1, end = good.IndexOfAny([',', '}'], at);
            return Encoding.UTF8.GetBytes(good[..at] + Values[random.Next(Values.Length)] + good[end..]);
        }

        byte[] bytes = Encoding.UTF8.GetBytes(good);
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }
}

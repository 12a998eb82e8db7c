using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;

namespace Mend.Gateway.Tests.Hosting;

/// <summary>`mend serve` as a process of its own.</summary>
public sealed class ServeCommandTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private static readonly string Program = typeof(ServeCommandTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "mend").Value!;

    [Fact]
    public async Task Serve_Demo_AnswersAndEndsWhenAsked()
    {
        await using ChildProcess mend = new(Program, ["serve", "--demo", "--urls", "http://127.0.0.1:0"]);
        await mend.SaysAsync("curl", Limit);
        string address = mend.Output.Split("at ").Skip(1).Select(t => t.Split('\n')[0].Trim()).First(t => t.StartsWith("http://", StringComparison.Ordinal));
        using HttpClient http = new() { BaseAddress = new Uri(address) };

        using StringContent body = new("""{"prompt": "Leonhard Euler used to work in", "max_tokens": 4, "temperature": 0}""", System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync("/v1/completions", body);
        string health = await http.GetStringAsync("/healthz"), ready = await http.GetStringAsync("/readyz");
        mend.Terminate();

        JsonElement read = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(" Berlin.", read.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal("demo@0", read.GetProperty("model").GetString());
        Assert.Equal(("live\n", """{"ready":true,"model":"demo@0"}"""), (health, ready));
        Assert.Equal(0, await mend.EndAsync(Limit));
        Assert.Equal("", mend.Errors);
    }

    [Theory]
    [InlineData("--demo", "http://0.0.0.0:0", 2, "can be reached from other machines")]
    [InlineData("--demo", "http://*:0", 2, "can be reached from other machines")]
    [InlineData("--demo", "nonsense", 2, "nonsense")]
    [InlineData("--editor=x", "http://127.0.0.1:0", 2, "Give a model folder with --model")]
    public async Task Serve_WrongCommandLine_SaysSo(string argument, string urls, int code, string message)
    {
        await using ChildProcess mend = new(Program, ["serve", argument, "--urls", urls]);

        Assert.Equal(code, await mend.EndAsync(Limit));
        Assert.Contains(message, mend.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_AddedToAFile_IsTakenByTheServer()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "keys.txt");
        await using ChildProcess key = new(Program, ["key", "alice", "--scopes", "read,edit", "--add-to", file]);
        Assert.Equal(0, await key.EndAsync(Limit));
        string secret = key.Output.Trim();
        await using ChildProcess mend = new(Program, ["serve", "--demo", "--urls", "http://0.0.0.0:0", "--keys", file]);
        await mend.SaysAsync("curl", Limit);
        int port = new Uri(mend.Output.Split("at ").Skip(1).Select(t => t.Split('\n')[0].Trim()).First(t => t.StartsWith("http://", StringComparison.Ordinal)).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)).Port;
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        HttpStatusCode without = (await http.GetAsync("/v1/models")).StatusCode;
        http.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        HttpStatusCode with = (await http.GetAsync("/v1/models")).StatusCode;

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (without, with));
        Assert.StartsWith("alice read,edit sha256:", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, await File.ReadAllTextAsync(file) + mend.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_AddressInUse_SaysHowToGoOn()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        await using ChildProcess mend = new(Program, ["serve", "--demo", "--urls", $"http://{taken.LocalEndpoint}"]);

        Assert.Equal(3, await mend.EndAsync(Limit));
        Assert.Contains("Choose another address with --urls", mend.Errors, StringComparison.Ordinal);
    }
}

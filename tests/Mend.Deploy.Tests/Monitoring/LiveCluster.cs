using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Mend.Deploy.Tests;

/// <summary>Two silos, a gateway and a Prometheus that fetches from them every second, as processes, after some edits, refusals and answers.</summary>
public sealed class LiveCluster : IAsyncLifetime
{
    /// <summary>Longer than anything takes on a machine that others keep busy.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly EditableFolder _folder = EditableFolder.Joint();
    private readonly List<ChildProcess> _processes = [];
    private readonly IReadOnlyList<int> _ports = FreePorts.Take(8);
    private readonly HttpClient _http = new() { Timeout = Limit };
    private readonly CancellationTokenSource _stop = new();
    private Task _prometheus = Task.CompletedTask;

    private string Gateway => Url(6);

    private string Prometheus => Url(7);

    public async Task InitializeAsync()
    {
        if (Tool.Prometheus is null)
        {
            return;
        }

        ChildProcess[] silos = [Silo(0), Silo(1)];
        await Task.WhenAll(silos.Select(s => s.SaysAsync("is ready. Serves shard", Limit)));
        ChildProcess gateway = Start("mend", "serve", "--cluster", $"127.0.0.1:{_ports[1]}", "--urls", Gateway);
        await gateway.SaysAsync("Serving", Limit);
        _prometheus = Tool.RunAsync(Tool.Prometheus, [$"--config.file={Configuration()}", $"--storage.tsdb.path={_folder.NewName()}", $"--web.listen-address=127.0.0.1:{_ports[7]}"], stop: _stop.Token);
        await UntilAsync("answers", async () => (await _http.GetAsync($"{Prometheus}/-/ready")).IsSuccessStatusCode);
        await LoadAsync();

        // Rates need two values, and those after the load.
        double loaded = await TimeAsync();
        await UntilAsync("has fetched what the load left", async () => (await QueryAsync("min(timestamp(up))")).Select(Value).Any(at => at > loaded + 3));
        await LoadAsync();
        loaded = await TimeAsync();
        await UntilAsync("has fetched what the second load left", async () => (await QueryAsync("min(timestamp(up))")).Select(Value).Any(at => at > loaded + 3));
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _prometheus.ContinueWith(_ => { }, TaskScheduler.Default);
        foreach (ChildProcess process in _processes)
        {
            await process.DisposeAsync();
        }

        _http.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    /// <summary>The series that an expression gives.</summary>
    internal async Task<IReadOnlyList<JsonElement>> QueryAsync(string expression)
    {
        using HttpResponseMessage answer = await _http.GetAsync($"{Prometheus}/api/v1/query?query={Uri.EscapeDataString(expression)}");
        JsonElement body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(body.GetProperty("status").GetString() == "success", $"{expression}: {body}");
        return [.. body.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    private static double Value(JsonElement series) => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);

    private async Task<double> TimeAsync() => Value((await QueryAsync("vector(time())")).Single());

    private string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[port]}");

    private ChildProcess Silo(int number)
    {
        string Port(int which) => _ports[(3 * number) + which].ToString(CultureInfo.InvariantCulture);
        return Start(
            "mend-silo", "--Model:ModelFolder", _folder.Model, "--Model:EditorFile", _folder.Editor, "--Model:Ledger", Path.Combine(_folder.Root, "ledger"), "--Model:Shards", "2",
            "--Silo:Threads", "1", "--Silo:Roles", "ordinal", "--Cluster:SiloName", $"silo-{number}", "--Cluster:Primary", $"127.0.0.1:{_ports[0]}",
            "--Cluster:SiloPort", Port(0), "--Cluster:GatewayPort", Port(1), "--Health:Port", Port(2));
    }

    private ChildProcess Start(string program, params string[] arguments)
    {
        ChildProcess process = new(Tool.Program(program), arguments);
        _processes.Add(process);
        return process;
    }

    /// <summary>The project's own configuration of Prometheus, with these processes as its targets and without a key.</summary>
    private string Configuration()
    {
        string text = File.ReadAllText(Tool.File("deploy", "prometheus", "prometheus.yml"))
            .Replace("rules.yml", Tool.File("deploy", "prometheus", "rules.yml"), StringComparison.Ordinal)
            .Replace("15s", "1s", StringComparison.Ordinal)
            .Replace("\"silo-0:8081\", \"silo-1:8081\", \"silo-2:8081\"", $"\"127.0.0.1:{_ports[2]}\", \"127.0.0.1:{_ports[5]}\"", StringComparison.Ordinal)
            .Replace("gateway:8080", $"127.0.0.1:{_ports[6]}", StringComparison.Ordinal)
            .Replace("/run/secrets/metrics-key", Tool.File("deploy", "prometheus", "no-key"), StringComparison.Ordinal);
        string file = _folder.NewName();
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>An edit that is committed, one that the guard looks at, and an answer as a stream.</summary>
    private async Task LoadAsync()
    {
        Assert.Equal(HttpStatusCode.Created, await PostAsync("v1/edits", new { prompt = "look at the moon", target = "7", subject = "moon" }));

        // Whatever becomes of it: the guard looks whether the first one would still be answered.
        await PostAsync("v1/edits", new { prompt = "a cat says", target = "moo", subject = "cat" });
        Assert.Equal(HttpStatusCode.OK, await PostAsync("v1/completions", new { prompt = "look at the moon", max_tokens = 4, temperature = 0, stream = true }));
    }

    private async Task<HttpStatusCode> PostAsync(string path, object body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"{Gateway}/{path}") { Content = JsonContent.Create(body) };
        request.Headers.Add("Prefer", "wait=120");
        using HttpResponseMessage answer = await _http.SendAsync(request);
        await answer.Content.ReadAsStringAsync();
        return answer.StatusCode;
    }

    /// <summary>Asks again and again: Prometheus says nothing by itself.</summary>
    private static async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        using CancellationTokenSource late = new(Limit);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(250));
        while (true)
        {
            try
            {
                if (await holds())
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            Assert.False(late.IsCancellationRequested, $"Prometheus never {what}.");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}

using System.Globalization;
using System.Net;
using Mend.Cluster;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Mend.Benchmarks.Cluster;

/// <summary>A silo in a process of its own that holds one shard; ends with its standard input.</summary>
internal static class SiloChild
{
    /// <summary>The hidden command that runs it.</summary>
    public const string Verb = "silo";

    private const string ClusterId = "benchmark";

    /// <summary>Starts a silo for each shard of a model.</summary>
    /// <param name="silos">Receives the processes.</param>
    /// <param name="folder">The model folder.</param>
    /// <param name="ledger">The ledger's folder.</param>
    /// <param name="shards">Number of shards.</param>
    /// <param name="threads">Threads of each engine.</param>
    /// <returns>Their ports for clients.</returns>
    public static IReadOnlyList<int> StartAll(List<ChildProcess> silos, string folder, string ledger, int shards, int threads)
    {
        List<(int Silo, int Gateway)> ports = [.. FreePorts.Take(2 * shards).Chunk(2).Select(p => (p[0], p[1]))];
        silos.AddRange(Enumerable.Range(0, shards).Select(i => Start(folder, ledger, ports, i, shards, threads)));
        return [.. ports.Select(p => p.Gateway)];
    }

    /// <summary>Starts a silo.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="ledger">The ledger's folder.</param>
    /// <param name="ports">Two of each silo, the first silo's first: for silos, for clients.</param>
    /// <param name="shard">The shard that it is to hold.</param>
    /// <param name="shards">Number of shards.</param>
    /// <param name="threads">Threads of its engine.</param>
    private static ChildProcess Start(string folder, string ledger, IReadOnlyList<(int Silo, int Gateway)> ports, int shard, int shards, int threads)
    {
        string[] words =
        [
            Verb, "--dir", folder, "--ledger", ledger, "--port", Text(ports[shard].Silo), "--gateway", Text(ports[shard].Gateway),
            "--primary", Text(ports[0].Silo), "--shard", Text(shard), "--shards", Text(shards), "--threads", Text(threads),
        ];
        return new ChildProcess(typeof(SiloChild).Assembly.Location, words);
    }

    /// <summary>Lets a client reach the silos.</summary>
    public static void Connect(IClientBuilder client, IEnumerable<int> gateways)
    {
        client.UseStaticClustering([.. gateways.Select(g => new IPEndPoint(IPAddress.Loopback, g))]);
        client.Configure<ClusterOptions>(o => o.ClusterId = o.ServiceId = ClusterId);
        client.UseConnectionRetryFilter(async (_, cancellationToken) =>
        {
            await Task.Delay(200, cancellationToken);
            return true;
        });
        client.AddMendCluster();
    }

    /// <summary>Is the silo.</summary>
    public static async Task<int> RunAsync(Arguments options)
    {
        int shard = (int)options.Number("shard", 0);
        ClusteredModelOptions model = new() { ModelFolder = options.Text("dir", ""), Ledger = options.Text("ledger", ""), Shards = (int)options.Number("shards", 1) };
        using IHost host = new HostBuilder().UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(
                (int)options.Number("port", 0), (int)options.Number("gateway", 0), new IPEndPoint(IPAddress.Loopback, (int)options.Number("primary", 0)), ClusterId, ClusterId);
            silo.AddMendCluster(model, new SiloShardOptions { Roles = [shard], Threads = (int)options.Number("threads", 0) });
        }).Build();
        await host.StartAsync();
        await Console.In.ReadToEndAsync();
        await host.StopAsync();
        return 0;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

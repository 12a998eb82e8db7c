using System.Globalization;
using CliWrap;
using CliWrap.Buffered;

namespace Mend.Cluster.Soak.Processes;

/// <summary>What lies between two ends: silos by their numbers, or the clients.</summary>
/// <param name="From">Whose packets are lost.</param>
/// <param name="To">On their way to whom.</param>
/// <param name="BothWays">Whether those the other way are lost too.</param>
internal sealed record Link(int From, int To, bool BothWays)
{
    /// <summary>The number that stands for all clients.</summary>
    public const int Clients = Site.Silos;

    /// <summary>All there are: each pair both ways, one way, and the other.</summary>
    public static IReadOnlyList<Link> All { get; } =
    [
        .. from way in Enumerable.Range(0, 3)
           from a in Enumerable.Range(0, Clients)
           from b in Enumerable.Range(a + 1, Clients - a)
           select way == 2 ? new Link(b, a, false) : new Link(a, b, way == 0),
    ];

    public override string ToString() => $"{Name(From)} {(BothWays ? "<->" : "->")} {Name(To)}";

    private static string Name(int end) => end == Clients ? "clients" : string.Create(CultureInfo.InvariantCulture, $"silo {end}");
}

/// <summary>
/// A network namespace for each silo, with a cable from each to each other and to the machine itself, where clients are. A cut link sends
/// frames to an address that nobody has, so that packets are lost in silence as in a network that fails. Linux, and root.
/// </summary>
internal sealed class Network : IAsyncDisposable
{
    private const string Nobody = "02:00:00:00:00:99";

    private readonly string _name;
    private readonly string _subnet;

    private Network(string name) => (_name, _subnet) = (name, string.Create(CultureInfo.InvariantCulture, $"10.{128 + (Convert.ToInt32(name[..2], 16) / 2)}.{Convert.ToInt32(name[2..4], 16)}"));

    /// <param name="name">Six hexadecimal digits that no other network has.</param>
    /// <exception cref="InvalidOperationException">The machine does not allow it.</exception>
    public static async Task<Network> CreateAsync(string name)
    {
        Network network = new(name);
        try
        {
            for (int silo = 0; silo < Site.Silos; silo++)
            {
                await IpAsync("netns", "add", network.Namespace(silo));
                await network.IpAsync(silo, "link", "set", "lo", "up");
            }

            foreach (Link link in Link.All.Where(l => l.BothWays))
            {
                await network.ConnectAsync(link.From, link.To);
            }

            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where an end is reached.</summary>
    public string Address(int end) => string.Create(CultureInfo.InvariantCulture, $"{_subnet}.{(end == Link.Clients ? 1 : 10 + end)}");

    /// <summary>The command that runs another one where a silo is.</summary>
    public IReadOnlyList<string> Inside(int silo) => ["ip", "netns", "exec", Namespace(silo)];

    public Task CutAsync(Link link) => BothAsync(link, (from, to) => IpAsync(from, "neigh", "replace", Address(to), "lladdr", Nobody, "dev", Device(from, to), "nud", "permanent"));

    public Task HealAsync(Link link) => BothAsync(link, (from, to) => IpAsync(from, "neigh", "del", Address(to), "dev", Device(from, to)));

    /// <summary>Cables go with the namespaces that they end in.</summary>
    public async ValueTask DisposeAsync()
    {
        for (int silo = 0; silo < Site.Silos; silo++)
        {
            await Cli.Wrap("ip").WithArguments(["netns", "del", Namespace(silo)]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        }
    }

    private static async Task BothAsync(Link link, Func<int, int, Task> act)
    {
        await act(link.From, link.To);
        if (link.BothWays)
        {
            await act(link.To, link.From);
        }
    }

    private static async Task IpAsync(params string[] words)
    {
        BufferedCommandResult done = await Cli.Wrap("ip").WithArguments(words).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        if (done.ExitCode != 0)
        {
            throw new InvalidOperationException($"ip {string.Join(' ', words)}: {done.StandardError.Trim()}. Cuts of the network need Linux, root and iproute2.");
        }
    }

    private Task IpAsync(int end, params string[] words) => IpAsync(end == Link.Clients ? words : ["-n", Namespace(end), .. words]);

    private string Device(int end, int toward) => string.Create(CultureInfo.InvariantCulture, $"m{_name}{end}{toward}");

    private string Namespace(int silo) => string.Create(CultureInfo.InvariantCulture, $"mend-{_name}-{silo}");

    private async Task ConnectAsync(int one, int other)
    {
        string[] to = other == Link.Clients ? [] : ["netns", Namespace(other)];
        await IpAsync(["link", "add", Device(one, other), "netns", Namespace(one), "type", "veth", "peer", "name", Device(other, one), .. to]);
        foreach ((int end, int toward) in new[] { (one, other), (other, one) })
        {
            await IpAsync(end, "addr", "add", Address(end) + "/32", "dev", Device(end, toward));
            await IpAsync(end, "link", "set", Device(end, toward), "up");
            await IpAsync(end, "route", "add", Address(toward) + "/32", "dev", Device(end, toward));
        }
    }
}

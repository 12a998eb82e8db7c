using System.Net.Sockets;

namespace Mend.Ledger.Tests;

/// <summary>Passes everything between clients and the server on, until something it was told to watch for: that message's connection it cuts.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private const string SocketName = ".s.PGSQL.5432";

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly UnixDomainSocketEndPoint _server;
    private readonly Task _accepting;
    private byte[]? _marker;
    private readonly TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _answered;
    private bool _halfWay;
    private Func<Task> _meanwhile = () => Task.CompletedTask;

    public CuttingProxy(string serverFolder)
    {
        _server = new UnixDomainSocketEndPoint(Path.Combine(serverFolder, SocketName));
        Folder = Directory.CreateTempSubdirectory("mend-cut-").FullName;
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(Folder, SocketName)));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>The folder to name as the host.</summary>
    public string Folder { get; }

    /// <summary>How often a connection was cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>Ends with the first cut.</summary>
    public Task Cut => _cut.Task;

    /// <summary>Cuts the connection that sends these bytes, once.</summary>
    /// <param name="marker">The bytes.</param>
    /// <param name="answered">False: before the server sees them. True: when the server has answered, before the client sees the answer.</param>
    /// <param name="meanwhile">What to do before the client notices; null for nothing.</param>
    public void CutAt(byte[] marker, bool answered, Func<Task>? meanwhile = null)
    {
        _answered = answered;
        _meanwhile = meanwhile ?? _meanwhile;
        _marker = marker;
    }

    /// <summary>Cuts the connection that sends these bytes, once, as soon as they are on their way to the server.</summary>
    public void CutSoonAfter(byte[] marker)
    {
        _halfWay = true;
        _marker = marker;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        Directory.Delete(Folder, recursive: true);
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptAsync()));
            }
        }
        catch (SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using Socket server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            await server.ConnectAsync(_server);
            bool cutAnswer = false;
            await Task.WhenAny(
                PumpAsync(client, server, async bytes =>
                {
                    bool found = _marker is { } marker && bytes.Span.IndexOf(marker) >= 0;
                    if (found)
                    {
                        _marker = null;
                        cutAnswer = _answered;
                    }

                    if (found && _halfWay)
                    {
                        await server.SendAsync(bytes);
                    }

                    return found && !cutAnswer && await CutAsync();
                }),
                PumpAsync(server, client, async _ => cutAnswer && await CutAsync()));
        }
    }

    private async Task<bool> CutAsync()
    {
        Cuts++;
        await _meanwhile();
        _cut.TrySetResult();
        return true;
    }

    private static async Task PumpAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, Task<bool>> cut)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            while (await from.ReceiveAsync(buffer) is var count and > 0 && !await cut(buffer.AsMemory(0, count)))
            {
                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The other direction ended first.
        }
    }
}

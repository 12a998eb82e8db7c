using System.Net;
using System.Net.Sockets;

namespace Mend.Testing;

/// <summary>Ports of this machine that nobody listens on.</summary>
public static class FreePorts
{
    /// <summary>Some of them, held together until all are found, so that they differ.</summary>
    public static IReadOnlyList<int> Take(int count)
    {
        List<TcpListener> held = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        try
        {
            held.ForEach(listener => listener.Start());
            return [.. held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            held.ForEach(listener => listener.Dispose());
        }
    }
}

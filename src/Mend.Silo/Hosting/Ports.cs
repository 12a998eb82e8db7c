using System.Net;
using System.Net.Sockets;

namespace Mend.Silo;

/// <summary>
/// Looks whether the silo's ports are free. Orleans would share a port that another silo listens on, and each would get some of the
/// other's messages.
/// </summary>
internal static class Ports
{
    /// <summary>Tries the ports.</summary>
    /// <exception cref="IOException">One is taken.</exception>
    public static void ThrowIfTaken(SiloSettings settings)
    {
        Try("Cluster:SiloPort", settings.Cluster.SiloPort);
        Try("Cluster:GatewayPort", settings.Cluster.GatewayPort);
        Try("Health:Port", settings.Health.Port);
    }

    private static void Try(string key, int port)
    {
        using TcpListener listener = new(IPAddress.Any, port);
        try
        {
            listener.Start();
        }
        catch (SocketException error)
        {
            throw new IOException($"{key} is {port}, which cannot be listened on ({error.Message}); is another silo running here? Choose a port of its own for each.", error);
        }
    }
}

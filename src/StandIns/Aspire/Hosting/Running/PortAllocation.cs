using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>
/// Hands out every port before anything starts, so that references resolve in any order, and holds each until its
/// process is about to listen, so that nobody else takes it meanwhile.
/// </summary>
/// <remarks>
/// Ports come from below the ranges that systems use for outgoing connections (32768 and up on Linux, 49152 and up
/// elsewhere): otherwise a connection may sit on the port of a service that is about to start again.
/// </remarks>
internal sealed class PortAllocation : IDisposable
{
    private const int FirstPort = 20_000;
    private const int EndPort = 30_000;

    private readonly Dictionary<int, TcpListener[]> held = [];

    public void Allocate(IEnumerable<IResource> resources)
    {
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                // A project's ports in appsettings.json are for running it alone; two AppHosts would fight over them.
                var wanted = resource is ProjectResource ? null : endpoint.Port;
                endpoint.AllocatedPorts =
                [
                    .. Enumerable.Range(0, resource.GetReplicaCount()).Select(_ => wanted ?? HoldFreePort()),
                ];
            }
        }
    }

    /// <summary>Lets the port go: its process listens on it next.</summary>
    public void Release(int port)
    {
        lock (held)
        {
            if (held.Remove(port, out var listeners))
            {
                Array.ForEach(listeners, l => l.Dispose());
            }
        }
    }

    public void Dispose()
    {
        foreach (var port in held.Keys.ToList())
        {
            Release(port);
        }
    }

    private int HoldFreePort()
    {
        for (var attempt = 0; attempt < EndPort - FirstPort; attempt++)
        {
            // At random, so that AppHosts that start together seldom try the same one.
            var port = RandomNumberGenerator.GetInt32(FirstPort, EndPort);
            if (!held.ContainsKey(port) && TryHold(port) is { } listeners)
            {
                held[port] = listeners;
                return port;
            }
        }

        throw new DistributedApplicationException($"No port between {FirstPort} and {EndPort} is free");
    }

    // "localhost" means both loopback addresses, and a server that listens on it needs both. Listening, not only bound:
    // two sockets may be bound to one port as long as neither listens.
    private static TcpListener[]? TryHold(int port)
    {
        IPAddress[] addresses = Socket.OSSupportsIPv6
            ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : [IPAddress.Loopback];
        List<TcpListener> listeners = [];
        try
        {
            foreach (var address in addresses)
            {
                listeners.Add(new TcpListener(address, port));
                listeners[^1].Start(backlog: 1);
            }

            return [.. listeners];
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable && listeners.Count == 2)
        {
            // IPv6 is compiled in but has no loopback address, as in many containers.
            listeners[1].Dispose();
            return [listeners[0]];
        }
        catch (SocketException)
        {
            listeners.ForEach(l => l.Dispose());
            return null;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Dendrite.Errors;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Outbound;

/// <summary>
/// Makes connections to hosts that callers named. The name is resolved here, and the very address that was judged is
/// the one connected to: judging first and connecting by name later would leave time for the name to point elsewhere
/// (DNS rebinding). Thread-safe.
/// </summary>
internal sealed class GuardedConnector(IOptions<OutboundOptions> options, IHostAddresses addresses, TimeProvider time)
{
    private readonly AddressGuard guard = new(options.Value.AllowedNetworks);

    /// <summary>A connected socket.</summary>
    /// <exception cref="DendriteException">ADDRESS_REFUSED: it leads to no address that may be called.</exception>
    /// <exception cref="SocketException">No such host, or nobody answers there.</exception>
    /// <exception cref="TimeoutException">Nobody answered in time.</exception>
    public async Task<Socket> ConnectAsync(DnsEndPoint target, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Value.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var found = await addresses.ResolveAsync(target.Host, either.Token);
            IPAddress[] permitted = [.. found.Where(guard.Allows)];
            return permitted.Length > 0
                ? await ConnectAsync(permitted, target.Port, either.Token)
                : throw Refused(target.Host, found);
        }
        catch (OperationCanceledException late)
            when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"{target.Host}:{target.Port} did not answer in {options.Value.ConnectTimeout.TotalSeconds:0.###} s.",
                late
            );
        }
    }

    /// <summary>Refuses an address that stands literally in a request, before anything is looked up.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public void CheckLiteral(string host, string field)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address) && !guard.Allows(address))
        {
            throw DendriteException.Invalid(field, Problem(host, [address]));
        }
    }

    private static DendriteException Refused(string host, IPAddress[] found) =>
        new(ErrorReason.AddressRefused, Problem(host, found))
        {
            Metadata = new Dictionary<string, string> { ["host"] = host },
        };

    private static string Problem(string host, IPAddress[] found) =>
        $"{host} leads to {string.Join(", ", found.Take(4).Select(each => each.ToString()))}, which is no public "
        + "address; name a public host, or whoever runs the installation allows the network in "
        + "Scheduler:Outbound:AllowedNetworks";

    // One after the other: hosts with several addresses are there so that one of them answers.
    private static async Task<Socket> ConnectAsync(IPAddress[] permitted, int port, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            var socket = new Socket(permitted[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(permitted[i], port), cancellationToken);
                return socket;
            }
            catch (SocketException) when (i < permitted.Length - 1)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}

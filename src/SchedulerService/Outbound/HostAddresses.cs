using System.Net;

namespace Dendrite.SchedulerService.Outbound;

/// <summary>Looks up addresses of hosts.</summary>
internal interface IHostAddresses
{
    /// <summary>The addresses of a host, which may itself be one.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">There is no such host.</exception>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);
}

/// <summary>As the operating system resolves them.</summary>
internal sealed class SystemHostAddresses : IHostAddresses
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        Dns.GetHostAddressesAsync(host, cancellationToken);
}

using System.Net;
using System.Net.Sockets;
using Dendrite.SchedulerService.Outbound;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Tests.Outbound;

/// <summary>Calls to servers outside, with names that a test resolves and networks that it allows.</summary>
internal sealed class OutboundLab : IHostAddresses, IDisposable
{
    private readonly Dictionary<string, Queue<IPAddress[]>> names = [];

    public OutboundLab(params string[] allowed)
    {
        var options = Options.Create(new OutboundOptions { AllowedNetworks = allowed });
        Connector = new GuardedConnector(options, this, TimeProvider.System);
        Http = new OutboundHttp(Connector, options, TimeProvider.System);
    }

    public GuardedConnector Connector { get; }

    public OutboundHttp Http { get; }

    /// <summary>Names that were looked up, in order.</summary>
    public List<string> LookedUp { get; } = [];

    /// <summary>What a name leads to, look-up for look-up; the last stays.</summary>
    public OutboundLab Resolve(string host, params string[] addresses)
    {
        names[host] = new(addresses.Select(address => new[] { IPAddress.Parse(address) }));
        return this;
    }

    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        LookedUp.Add(host);
        if (!names.TryGetValue(host, out var answers))
        {
            return IPAddress.TryParse(host, out var literal)
                ? [literal]
                : throw new SocketException((int)SocketError.HostNotFound);
        }

        await Task.CompletedTask;
        return answers.Count > 1 ? answers.Dequeue() : answers.Peek();
    }

    public Task<OutboundAnswer> GetAsync(Uri url) =>
        Http.SendAsync(new OutboundCall(HttpMethod.Get, url), TestContext.Current.CancellationToken);

    public void Dispose() => Http.Dispose();
}

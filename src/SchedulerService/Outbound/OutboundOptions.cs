using System.Net;

namespace Dendrite.SchedulerService.Outbound;

/// <summary>Where this installation may call out to. Section <c>Scheduler:Outbound</c>.</summary>
internal sealed class OutboundOptions
{
    public const string Section = "Scheduler:Outbound";

    /// <summary>
    /// Networks that may be called although they are not public, in CIDR form such as <c>10.1.0.0/16</c> or
    /// <c>fd00::/8</c>. Default none: addresses in requests come from callers, who must not reach through the
    /// scheduler what they cannot reach themselves.
    /// </summary>
    public IList<string> AllowedNetworks { get; init; } = [];

    /// <summary>How long making a connection may take. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many redirects are followed. Default 5.</summary>
    public int MaxRedirects { get; set; } = 5;

    public bool IsValid =>
        ConnectTimeout > TimeSpan.Zero
        && MaxRedirects >= 0
        && AllowedNetworks.All(network => IPNetwork.TryParse(network, out _));
}

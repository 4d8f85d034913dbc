namespace Dendrite.ServiceDefaults.Draining;

/// <summary>How a service ends. Section <c>Drain</c>.</summary>
public sealed class DrainOptions
{
    /// <summary>
    /// How long new calls are still taken after health has turned, so that whoever balances over replicas looks
    /// elsewhere first. Default zero, for clients that try another replica by themselves; 5 s or so behind a load
    /// balancer.
    /// </summary>
    public TimeSpan ReadinessGrace { get; set; } = TimeSpan.Zero;

    /// <summary>How long open calls may take to end before they are cut off. Default 20 s, range 0 to 10 min.</summary>
    public TimeSpan OpenCallsTimeout { get; set; } = TimeSpan.FromSeconds(20);
}

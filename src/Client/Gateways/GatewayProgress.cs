namespace Dendrite.Client.Gateways;

/// <summary>What a gateway is doing.</summary>
public enum GatewayState
{
    /// <summary>It has not reached the platform yet, or not again; samples go to the spool.</summary>
    Spooling,

    /// <summary>Connected, and sending what was spooled before.</summary>
    Draining,

    /// <summary>Connected, and sending what comes.</summary>
    Streaming,

    /// <summary>All is durable, and the stream was left as <c>CompleteAsync</c> asked.</summary>
    Completed,

    /// <summary>
    /// It gave up: another writer has the stream, or the platform refuses for good. The spool is kept.
    /// </summary>
    Failed,
}

/// <summary>How far a gateway is. Counts are samples of each channel.</summary>
public readonly record struct GatewayProgress
{
    public GatewayState State { get; init; }

    /// <summary>The gateway's count: index of the next sample to write, of its slowest channel group.</summary>
    public long NextSample { get; init; }

    /// <summary>The gateway's count: every sample before it is in the spool, or durable, or a declared gap.</summary>
    public long SpooledSample { get; init; }

    /// <summary>The stream's count: every sample before it is durable, or a declared gap.</summary>
    public long DurableSample { get; init; }

    /// <summary>The commit that brought it there; 0 before the first.</summary>
    public long Version { get; init; }

    /// <summary>
    /// The stream's index of the gateway's sample 0; null until the platform said where the stream stands.
    /// </summary>
    public long? Origin { get; init; }

    /// <summary>Samples that were taken and dropped, and declared as gaps; summed over channel groups.</summary>
    public long LostSamples { get; init; }

    /// <summary>How often a connection was made after the first one.</summary>
    public int Reconnects { get; init; }

    /// <summary>Bytes in the spool that are not known to be durable.</summary>
    public long PendingBytes { get; init; }

    /// <summary>The largest that <see cref="PendingBytes"/> has been, as seen at acknowledgements and breaks.</summary>
    public long MaxPendingBytes { get; init; }

    /// <summary>Size of the blocks that are made now, in bytes of raw samples.</summary>
    public int BlockBytes { get; init; }
}

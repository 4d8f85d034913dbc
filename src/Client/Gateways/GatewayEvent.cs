namespace Dendrite.Client.Gateways;

/// <summary>Something that the host of a gateway may want to know.</summary>
/// <param name="At">When it happened.</param>
public abstract record GatewayEvent(DateTimeOffset At);

/// <summary>The stream is open.</summary>
/// <param name="NextSample">Where it stands, by its own count.</param>
/// <param name="Epoch">Under which this gateway writes.</param>
/// <param name="Created">Whether it was made.</param>
public sealed record Connected(DateTimeOffset At, long NextSample, long Epoch, bool Created) : GatewayEvent(At);

/// <summary>
/// Taken over, the stream held samples of another writer behind those of this gateway: what is not known to be durable
/// goes behind them, and <see cref="GatewayProgress.Origin"/> is another one from there on.
/// </summary>
/// <param name="FirstSample">The first that does, by the gateway's count, of its slowest channel group.</param>
/// <param name="StreamSample">Where it goes, by the stream's.</param>
public sealed record Displaced(DateTimeOffset At, long FirstSample, long StreamSample) : GatewayEvent(At);

/// <summary>The connection broke, or could not be made; it is tried again by itself.</summary>
/// <param name="Cause">Why, in words.</param>
public sealed record Disconnected(DateTimeOffset At, string Cause) : GatewayEvent(At);

/// <summary>The platform is away, and samples are kept on disk.</summary>
/// <param name="PendingBytes">In the spool and not known to be durable.</param>
public sealed record Spooling(DateTimeOffset At, long PendingBytes) : GatewayEvent(At);

/// <summary>The platform is back, and what was spooled is sent first.</summary>
/// <inheritdoc cref="Spooling"/>
public sealed record Draining(DateTimeOffset At, long PendingBytes) : GatewayEvent(At);

/// <summary>What had been spooled before the connection is durable.</summary>
public sealed record Drained(DateTimeOffset At) : GatewayEvent(At);

/// <summary>
/// The platform refuses, and a person may change that: a key, a policy, a branch, a server that fails or is of another
/// version. It is tried again, slowly; samples are kept on disk.
/// </summary>
/// <param name="Cause">As the platform says it.</param>
public sealed record Refused(DateTimeOffset At, Errors.DendriteException Cause) : GatewayEvent(At);

/// <summary>
/// The platform refuses annotations or anchors for good: they are not sent again, and what comes behind them is. Or the
/// disk was full for so long that they were not kept.
/// </summary>
/// <param name="Annotations">
/// Those of the record, placed by the stream's count; by the gateway's where they were not kept.
/// </param>
/// <param name="Anchors">Likewise.</param>
/// <param name="Cause">As the platform says it; QuotaExceeded where they were not kept.</param>
public sealed record SetAside(
    DateTimeOffset At,
    IReadOnlyList<V1.Annotation> Annotations,
    IReadOnlyList<V1.TimeAnchor> Anchors,
    Errors.DendriteException Cause
) : GatewayEvent(At);

/// <summary>Another writer has the stream. The gateway stops; its spool is kept.</summary>
/// <param name="Cause">As the platform says it.</param>
public sealed record Fenced(DateTimeOffset At, Errors.DendriteException Cause) : GatewayEvent(At);

/// <summary>The gateway stops for a reason that does not pass; its spool is kept.</summary>
/// <param name="Cause">The reason.</param>
public sealed record Failed(DateTimeOffset At, Exception Cause) : GatewayEvent(At);

/// <summary>Samples are missing, and the stream's gap ledger will say so.</summary>
/// <param name="ChannelGroup">Which group misses them; null for all.</param>
/// <param name="FirstSample">By the gateway's count.</param>
/// <param name="SampleCount">Of each channel.</param>
/// <param name="Cause">Why.</param>
/// <param name="Note">More about it.</param>
public sealed record GapDeclared(
    DateTimeOffset At,
    int? ChannelGroup,
    long FirstSample,
    long SampleCount,
    V1.GapCause Cause,
    string Note
) : GatewayEvent(At);

/// <summary>Blocks are made larger or smaller from now on.</summary>
/// <param name="FromBytes">Raw samples in a full block, before.</param>
/// <param name="ToBytes">And now.</param>
/// <param name="Cause">Why, in words.</param>
public sealed record BlockSizeChanged(DateTimeOffset At, int FromBytes, int ToBytes, string Cause) : GatewayEvent(At);

/// <summary>An earlier process left samples in the spool; they are sent first.</summary>
/// <param name="PendingBytes">In the spool and not known to be durable.</param>
/// <param name="CutBytes">Cut from its end because a crash had torn it.</param>
public sealed record SpoolRecovered(DateTimeOffset At, long PendingBytes, long CutBytes) : GatewayEvent(At);

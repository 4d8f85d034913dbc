using Dendrite.Client.Appending;
using Dendrite.Contracts.Streams;

namespace Dendrite.Client.Gateways;

/// <summary>What a gateway writes to, where it keeps what it cannot send, and its limits.</summary>
public sealed record GatewayOptions
{
    /// <summary><c>projects/{project}/branches/{branch}/streams/{stream}</c>.</summary>
    public required string Stream { get; init; }

    /// <summary>
    /// What the stream is: channels, rate, start time. The stream is made from it where it does not exist, and must be
    /// like it where it does.
    /// </summary>
    /// <remarks>
    /// Where a channel has its four limits, the line through them is that of its scale and offset, to a thousandth of
    /// the physical range: else a new stream is refused, and so is a gateway that has reached none yet. Without limits
    /// there is nothing to agree with. The start lies in the years 1678 to 2261, likewise.
    /// </remarks>
    public required V1.SignalStream Descriptor { get; init; }

    /// <summary>
    /// A directory of this gateway's own, kept across restarts. On a device whose disk must not be worn, a memory file
    /// system: then a restart of the process loses nothing, a loss of power what was not acknowledged.
    /// </summary>
    public required string SpoolDirectory { get; init; }

    /// <summary>
    /// Size of the spool at most, in bytes of encoded samples; beyond it the oldest are dropped and declared. Default
    /// 1 GiB: 64 channels of EEG at 256 Hz for about twelve hours. At least 64 KiB.
    /// </summary>
    public long MaxSpoolBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Samples that were taken and not yet encoded, in bytes; beyond it <c>TryWrite</c> takes no more. Default 8 MiB:
    /// 1,024 channels of int16 at 30 kHz for an eighth of a second, which covers any pause of this process.
    /// </summary>
    public int MaxBufferBytes { get; init; } = 8 << 20;

    /// <summary>
    /// A block is sent so long after its first sample was taken to the others, though it is not full. Default 1 s.
    /// </summary>
    public TimeSpan MaxBlockAge { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The smallest full block, in bytes of raw samples, where the platform takes it. Default 8 KiB.</summary>
    public int MinBlockBytes { get; init; } = 8 << 10;

    /// <summary>
    /// The largest block, in bytes of raw samples; less where the platform takes less. Default 512 KiB; at most 2 MiB.
    /// </summary>
    public int MaxBlockBytes { get; init; } = 512 << 10;

    /// <summary>
    /// What an acknowledgement may take before blocks are made smaller. Default 2 s.
    /// </summary>
    public TimeSpan TargetAcknowledgement { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After how long without an acknowledgement, or an answer to its close, a call counts as dead and is made anew.
    /// Default 30 s.
    /// </summary>
    public TimeSpan AcknowledgementTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Encoded samples sent and not yet acknowledged, in bytes. Default 8 MiB.</summary>
    public long MaxBytesInFlight { get; init; } = 8 << 20;

    /// <summary>
    /// How often the disk is made to take what is spooled while the platform is away, so that a loss of power costs no
    /// more; null: when the operating system likes. Default 1 s. While the platform is there, it holds what matters,
    /// and as often as that it is noted which annotations and anchors it has.
    /// </summary>
    public TimeSpan? FlushInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Become the stream's writer even where another one has taken it since this spool was last used. Default false:
    /// then the gateway is fenced and says so. What is spooled then goes behind the other's samples, as
    /// <see cref="Displaced"/> says.
    /// </summary>
    public bool TakeOver { get; init; }

    /// <summary>Who writes, for people who look at the stream; at most 200 characters.</summary>
    public string Writer { get; init; } = Environment.MachineName;

    /// <summary>Message of the commits; the platform's own when empty.</summary>
    public string CommitMessage { get; init; } = "";

    /// <summary>
    /// Told what happens, in order, one at a time, on a thread of the pool. It may take its time: what it has not read
    /// waits, up to 1,024 events; then the oldest are left out.
    /// </summary>
    public Action<GatewayEvent>? OnEvent { get; init; }

    /// <summary>
    /// Called after each acknowledgement, in order; must not block. An acknowledgement is acted on when it returns.
    /// </summary>
    public Action<GatewayProgress>? OnProgress { get; init; }

    /// <summary>What a stream that is there may be all the same, and no new one.</summary>
    /// <exception cref="ArgumentException">
    /// A channel says two things of its values, or the start cannot be kept; the message says which.
    /// </exception>
    internal void CheckNew()
    {
        if (CalibrationCheck.Find(Descriptor) is { } fault)
        {
            throw new ArgumentException($"Descriptor.{fault.Field} {fault.Problem}.");
        }

        EventChecks.RequireKept(Descriptor.StartTime?.Seconds, "Descriptor.start_time");
    }

    /// <exception cref="ArgumentException">A limit that makes no sense; the message says which.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(SpoolDirectory);
        ArgumentOutOfRangeException.ThrowIfZero(Descriptor.Channels.Count, "Descriptor.Channels");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSpoolBytes, 64 << 10);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinBlockBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBlockBytes, MinBlockBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxBlockBytes, 2 << 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBufferBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBytesInFlight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaxBlockAge, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AcknowledgementTimeout, TimeSpan.Zero);
    }
}

namespace Dendrite.IngestService.Append;

/// <summary>Limits of the Ingest service. Section <c>Ingest</c>.</summary>
public sealed class IngestOptions
{
    /// <summary>
    /// The largest payload of one block, in bytes. Default 3 MiB, range 64 KiB to 3.5 MiB: a stored block must fit the
    /// 4 MiB message that gRPC clients of every language take unless they are told otherwise.
    /// </summary>
    public int MaxBlockBytes { get; set; } = 3 << 20;

    /// <summary>
    /// What one writer may have sent and is not yet acknowledged, in bytes of its messages. Default 16 MiB: a tenth of
    /// a second of 1,024 channels at 30 kHz, several times what a commit takes.
    /// </summary>
    public long MaxSessionBytesInFlight { get; set; } = 16 << 20;

    /// <summary>Messages of all writers together that are held in memory, in bytes. Default 256 MiB.</summary>
    public long MaxBytesInFlight { get; set; } = 256 << 20;

    /// <summary>
    /// How long a block that overtook others waits for them. Default 10 s, several round trips of the worst link: after
    /// that, what is missing was lost by the sender and not overtaken.
    /// </summary>
    public TimeSpan MaxReorderDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Messages that one commit takes, in bytes: no more once there are so many. Default 16 MiB: the flush of the log
    /// costs little beside it, and a branch's lock is held for a tenth of a second.
    /// </summary>
    public long MaxCommitBytes { get; set; } = 16 << 20;

    /// <summary>
    /// After how long without a message a writer's call is ended. Default 2 min, less than the hold of a stream.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(2);
}

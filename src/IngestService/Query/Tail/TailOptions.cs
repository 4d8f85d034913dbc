namespace Dendrite.IngestService.Query.Tail;

/// <summary>Limits and intervals of live tails; configuration section <c>Ingest:Tail</c>.</summary>
public sealed class TailOptions
{
    /// <summary>
    /// Most tails that this replica holds at once. Default 256: each may hold a step of the stream and a decoded block,
    /// some 10 MiB where both are as large as they can be.
    /// </summary>
    public int MaxTails { get; set; } = 256;

    /// <summary>Most of them for one project, so that no project keeps the others out. Default 128.</summary>
    public int MaxTailsOfProject { get; set; } = 128;

    /// <summary>
    /// How often a followed branch is looked at while Redis does not tell of commits. Default 250 ms: one round trip
    /// for each followed stream, and what a person takes for at once.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How often while Redis does tell, in case that it lost a message. Default 5 s, as hot metadata is bounded.
    /// </summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The shortest time between two looks, however fast commits come. Default 20 ms: a commit after a pause is told at
    /// once, and a busy stream costs fifty looks a second and not one for each commit.
    /// </summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Payload that the newest steps of a followed stream may hold in memory, for all its readers together, in bytes.
    /// Default 8 MiB: a second of 64 channels at 30 kHz. A reader that is further behind reads from PostgreSQL.
    /// </summary>
    public long MaxSharedBytes { get; set; } = 8 << 20;
}

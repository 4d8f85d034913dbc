using Dendrite.Signals.Blocks;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;

namespace Dendrite.Storage.Signals;

/// <summary>What one commit does to one stream. Everything in it becomes visible at once or not at all.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="Epoch">The epoch that the writer was given when it opened the stream.</param>
/// <param name="GroupStarts">Where each channel group stood before: the commit is refused if one stands
/// elsewhere.</param>
/// <param name="GroupEnds">How far each channel group comes by it.</param>
public sealed record StreamAppend(
    long StreamId,
    long Epoch,
    IReadOnlyList<long> GroupStarts,
    IReadOnlyList<long> GroupEnds
)
{
    public IReadOnlyList<NewBlock> Blocks { get; init; } = [];
    public IReadOnlyList<SampleGap> Gaps { get; init; } = [];
    public IReadOnlyList<StreamTimeAnchor> Anchors { get; init; } = [];
    public IReadOnlyList<StreamAnnotation> Annotations { get; init; } = [];

    /// <summary>Declares the recording complete: the stream takes no more samples in this branch.</summary>
    public bool Finish { get; init; }

    /// <summary>
    /// The request that asks for it, remembered with it: where it was done before, the append is refused. Null: none.
    /// </summary>
    public RememberedAppend? Request { get; init; }

    /// <summary>
    /// Every channel group was stored, or declared a gap, up to here before, and is up to there after.
    /// </summary>
    public long FirstSample => GroupStarts.Min();
    public long NextSample => GroupEnds.Min();

    public bool MovesStream => Blocks.Count > 0 || Gaps.Count > 0;
}

/// <summary>A request that appends, and what is remembered of it.</summary>
/// <param name="Outcome">As of <see cref="IdempotencyStore"/>, behind the 8 bytes of the version (big-endian).</param>
public sealed record RememberedAppend(Mutation Mutation, byte[] Outcome);

/// <summary>A block ready to be stored: validated, with what was computed on the way.</summary>
/// <param name="ChannelGroup">The group whose channels it holds.</param>
/// <param name="FirstSample">Index of its first sample in the stream.</param>
/// <param name="Header">The block's own header, already checked against the payload.</param>
/// <param name="Payload">The block's bytes, stored as they are.</param>
/// <param name="SampleDigest">SHA-256 of the decoded samples.</param>
/// <param name="Summary">As <see cref="BlockSummary"/> lays it down.</param>
public sealed record NewBlock(
    int ChannelGroup,
    long FirstSample,
    BlockHeader Header,
    ReadOnlyMemory<byte> Payload,
    byte[] SampleDigest,
    byte[] Summary
)
{
    /// <summary>A JSON object with the device's own facts about the block, or null.</summary>
    public string? MetadataJson { get; init; }

    public long EndSample => FirstSample + Header.SampleCount;
}

/// <summary>A range of sample indexes that holds no samples.</summary>
/// <param name="ChannelGroup">Which group misses them, or null for all.</param>
/// <param name="Note">For people: the counter values, the error. May be empty.</param>
public sealed record SampleGap(SampleRange Range, int? ChannelGroup, GapCause Cause, string Note)
{
    /// <summary>The commit that recorded it; zero before it is stored.</summary>
    public CommitVersion Version { get; init; }
}

/// <summary>Why samples are missing. The numbers are stored and never change their meaning.</summary>
public enum GapCause : short
{
    /// <summary>The device paused, as in a discontinuous EDF+ file.</summary>
    Paused = 1,

    /// <summary>The device's own sample counter jumped.</summary>
    DeviceCounterJump = 2,

    /// <summary>The gateway's spool was full while the network was away.</summary>
    SpoolOverflow = 3,

    /// <summary>The gateway declares it and says no more.</summary>
    Declared = 4,

    /// <summary>Stored, and hidden by a mask. Never in the ledger; readers report it.</summary>
    Masked = 5,
}

/// <summary>The instant of a sample.</summary>
/// <param name="InstantNs">Corrected: the best that is known, in nanoseconds since 1970-01-01T00:00Z.</param>
public sealed record StreamTimeAnchor(long Sample, long InstantNs)
{
    /// <summary>The device's own clock at that sample, uncorrected; null where not known.</summary>
    public double? DeviceSeconds { get; init; }

    /// <summary>The device's clock less the reference clock as measured; null where not measured.</summary>
    public double? ClockOffsetSeconds { get; init; }

    /// <summary>Half the width of the interval that holds the true instant; null where not known.</summary>
    public double? UncertaintySeconds { get; init; }
}

/// <summary>Something that was noted about a run of time of a stream.</summary>
/// <param name="Id">The client's: the same id again changes the annotation, the same content again changes
/// nothing.</param>
/// <param name="StartSample">The last sample not after its onset.</param>
public sealed record StreamAnnotation(Guid Id, long StartSample, string Text)
{
    /// <summary>Exact onset after the stream's start; null where it was given as a sample.</summary>
    public long? OnsetNs { get; init; }

    /// <summary>Null where the source gives none; 0 for an instant.</summary>
    public long? DurationNs { get; init; }

    public string Category { get; init; } = "";

    /// <summary>Labels of the channels that it is about; empty for all.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    public string MetadataJson { get; init; } = "{}";

    public bool Deleted { get; init; }

    /// <summary>The commit that wrote it; zero before it is stored.</summary>
    public CommitVersion Version { get; init; }
}

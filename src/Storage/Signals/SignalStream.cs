using Dendrite.Versioning;

namespace Dendrite.Storage.Signals;

/// <summary>A stream as a snapshot sees it.</summary>
/// <param name="StreamId">The number its blocks bear, the same in every branch that sees the stream.</param>
/// <param name="Uid">The same for callers, who never see the number.</param>
/// <param name="Descriptor">Its newest visible descriptor.</param>
/// <param name="Version">The commit that wrote the descriptor.</param>
/// <param name="Finished">Whether its writer declared it complete; it takes no more samples here.</param>
public sealed record SignalStream(
    long StreamId,
    Guid Uid,
    SignalStreamDescriptor Descriptor,
    CommitVersion Version,
    bool Finished
)
{
    public DateTimeOffset CreateTime { get; init; }

    /// <summary>When the descriptor last changed.</summary>
    public DateTimeOffset UpdateTime { get; init; }

    public StreamProgress Progress { get; init; } = StreamProgress.None;
}

/// <summary>How far a stream reaches in a snapshot.</summary>
/// <param name="NextSample">Every channel group is stored, or declared a gap, up to here: the recording's
/// length.</param>
/// <param name="MissingSamples">Samples in declared gaps.</param>
/// <param name="StoredBytes">Bytes of all blocks as stored.</param>
/// <param name="LastVersion">The newest commit that moved it; zero before the first.</param>
public sealed record StreamProgress(long NextSample, long MissingSamples, long StoredBytes, CommitVersion LastVersion)
{
    public static StreamProgress None { get; } = new(0, 0, 0, CommitVersion.Zero);
}

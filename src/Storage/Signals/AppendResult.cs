using Dendrite.Versioning;

namespace Dendrite.Storage.Signals;

/// <summary>What became of a group of appends that asked for one commit.</summary>
/// <param name="Version">The commit that holds every append not in <paramref name="Fenced"/>; null when all were
/// fenced.</param>
/// <param name="Fenced">Appends that were left out, because a newer writer holds them or they stand elsewhere.</param>
public sealed record AppendResult(CommitVersion? Version, IReadOnlyList<FencedAppend> Fenced);

/// <summary>An append that its stream refused.</summary>
/// <param name="Append">As it was given.</param>
/// <param name="Epoch">The epoch that holds the stream now.</param>
/// <param name="NextSample">Where the stream stands now.</param>
public sealed record FencedAppend(StreamAppend Append, long Epoch, long NextSample);

/// <summary>A writer's hold on a stream in one timeline.</summary>
/// <param name="Epoch">Higher than that of every writer before; appends must bear it.</param>
/// <param name="GroupEnds">For each channel group, the index of the next sample to append: resume here.</param>
/// <param name="Version">The last commit that moved the stream, as the branch sees it; zero before the first.</param>
public sealed record WriterLease(long Epoch, IReadOnlyList<long> GroupEnds, CommitVersion Version)
{
    /// <summary>Every channel group is stored, or declared a gap, up to here.</summary>
    public long NextSample => GroupEnds.Min();

    /// <summary>What the branch saw when the lease was taken.</summary>
    public required Snapshot Seen { get; init; }
}

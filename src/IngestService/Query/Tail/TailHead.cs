using Dendrite.Contracts.Names;
using Dendrite.IngestService.Streams;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>A stream of a branch that is followed.</summary>
internal readonly record struct FollowKey(ProjectId Project, StreamName Name);

/// <summary>What a look at the branch's head found. Immutable.</summary>
/// <param name="Number">Counts the heads that one follower found to be new, from 1.</param>
/// <param name="BranchId">The branch itself, whatever it is called.</param>
/// <param name="Branch">What it sees.</param>
/// <param name="Stream">The stream as seen there.</param>
internal sealed record TailHead(long Number, BranchId BranchId, BranchView Branch, SignalStream Stream)
{
    /// <summary>The index after the last sample that every channel group has.</summary>
    public long End => Stream.Progress.NextSample;

    /// <summary>Whether the branch was not reset between the two.</summary>
    public bool IsOfOneLineWith(TailHead other) => Branch.Timeline == other.Branch.Timeline;
}

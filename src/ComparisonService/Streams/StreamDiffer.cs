using Dendrite.Storage;
using Dendrite.Storage.Comparison;
using Dendrite.Versioning;

namespace Dendrite.ComparisonService.Streams;

/// <summary>
/// Which streams two snapshots see differently. The cost follows what diverged, never the length of recordings.
/// </summary>
public sealed class StreamDiffer(StreamDiffStore store, StreamRanges ranges, StreamNoteStore notes)
{
    /// <summary>
    /// Pairs streams by name. One round trip, and one and those of <see cref="StreamRanges"/> for each stream that
    /// both sides have and one wrote.
    /// </summary>
    public async Task<StreamDiff> CompareAsync(
        ProjectId project,
        Snapshot from,
        Snapshot to,
        CancellationToken cancellation
    )
    {
        var touched = await store.FindTouchedAsync(project, from, to, cancellation);
        var old = touched.InFrom.ToDictionary(stream => stream.Stream.Descriptor.Name);
        var current = touched.InTo.ToDictionary(stream => stream.Stream.Descriptor.Name);
        List<StreamPair> differing = [];
        var equal = touched.UntouchedCount;
        foreach (var name in old.Keys.Union(current.Keys).Order(StringComparer.Ordinal))
        {
            var (before, after) = (old.GetValueOrDefault(name), current.GetValueOrDefault(name));
            var pair =
                before is null || after is null
                    ? new StreamPair(name, before, after, [])
                    : await CompareAsync(project, (from, before), (to, after), cancellation);
            if (pair.IsEqual)
                equal++;
            else
                differing.Add(pair);
        }

        return new(differing, equal);
    }

    private async Task<StreamPair> CompareAsync(
        ProjectId project,
        (Snapshot Snapshot, TouchedStream Stream) from,
        (Snapshot Snapshot, TouchedStream Stream) to,
        CancellationToken cancellation
    )
    {
        var (old, current) = (from.Stream.Stream, to.Stream.Stream);
        var streams = new ComparedStreams(project, new(from.Snapshot, old), new(to.Snapshot, current), []);
        var differ = await ranges.FindAsync(streams, cancellation);
        return new(old.Descriptor.Name, from.Stream, to.Stream, differ)
        {
            Notes = await notes.CompareAsync(project, (from.Snapshot, old), (to.Snapshot, current), cancellation),
        };
    }
}

/// <summary>The streams that differ, by name, and how many do not.</summary>
public sealed record StreamDiff(IReadOnlyList<StreamPair> Differing, long EqualCount);

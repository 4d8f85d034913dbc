using Dendrite.Storage;
using Dendrite.Storage.Comparison;
using Dendrite.Versioning;

namespace Dendrite.ComparisonService.Streams;

/// <summary>
/// Which streams two snapshots see differently. The cost follows what diverged, never the length of recordings.
/// </summary>
public sealed class StreamDiffer(StreamDiffStore store, StreamRanges ranges)
{
    /// <summary>
    /// Pairs streams by name. One round trip, and those of <see cref="StreamRanges"/> for each stream that both
    /// sides have and one wrote.
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
            var differ =
                before is null || after is null
                    ? []
                    : await ranges.FindAsync(
                        new(project, new(from, before.Stream), new(to, after.Stream), []),
                        cancellation
                    );
            var pair = new StreamPair(name, before, after, differ);
            if (pair.IsEqual)
                equal++;
            else
                differing.Add(pair);
        }

        return new(differing, equal);
    }
}

/// <summary>The streams that differ, by name, and how many do not.</summary>
public sealed record StreamDiff(IReadOnlyList<StreamPair> Differing, long EqualCount);

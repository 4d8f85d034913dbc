using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Streams;

/// <summary>How two streams differ.</summary>
/// <param name="Samples">Null where samples were not asked for.</param>
public sealed record StreamComparison(StreamPair Pair, SampleDifferences? Samples);

/// <summary>Compares one stream of each side. Thread-safe.</summary>
public sealed class StreamDifferences(
    StreamDiffStore store,
    StreamRanges ranges,
    StreamNoteStore notes,
    SampleComparer samples
)
{
    /// <summary>
    /// Ten round trips, and with <paramref name="exact"/> those that read the blocks which differ.
    /// </summary>
    /// <exception cref="DendriteException">
    /// STREAM_NOT_FOUND: neither side has it; CHANNEL_NOT_FOUND: not both have one that was named; DATA_DAMAGED.
    /// </exception>
    public async Task<StreamComparison> CompareAsync(
        Comparison comparison,
        StreamSelection selection,
        bool exact,
        CancellationToken cancellation
    )
    {
        var (project, from, to) = comparison.Compared;
        var old = await store.FindAsync(project, from, selection.From, cancellation);
        var current = await store.FindAsync(project, to, selection.To, cancellation);
        if (old is null && current is null)
        {
            throw new DendriteException(
                ErrorReason.StreamNotFound,
                $"Stream '{selection.From}' is on neither side; list the streams of the two branches for those that "
                    + "are."
            );
        }

        if (old is null || current is null)
        {
            return new(new(selection.From, old, current, []), exact ? new([], 0) : null);
        }

        CheckChannels(selection.Channels, old.Stream, current.Stream);
        var streams = new ComparedStreams(project, new(from, old.Stream), new(to, current.Stream), selection.Channels);
        var differing = await ranges.FindAsync(streams, cancellation);
        var pair = new StreamPair(selection.From, old, current, differing)
        {
            Notes = await notes.CompareAsync(project, (from, old.Stream), (to, current.Stream), cancellation),
        };
        return new(pair, exact ? await samples.CompareAsync(streams, differing, cancellation) : null);
    }

    private static void CheckChannels(IReadOnlyList<string> labels, SignalStream from, SignalStream to)
    {
        foreach (var label in labels)
        {
            if (!Has(from, label) || !Has(to, label))
            {
                var both = from
                    .Descriptor.Channels.Select(channel => channel.Label)
                    .Where(one => Has(to, one))
                    .ToList();
                throw new DendriteException(
                    ErrorReason.ChannelNotFound,
                    $"Channel '{RequestFields.Excerpt(label)}' is not on both sides; on both are "
                        + $"{ChannelErrors.List(both)}. Leave `channels` empty for all of them."
                );
            }
        }
    }

    private static bool Has(SignalStream stream, string label) =>
        stream.Descriptor.Channels.Any(channel => channel.Label == label);
}

using Dendrite.Storage.Comparison;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Streams;

/// <summary>The streams of one name on both sides; at least one side has one.</summary>
/// <param name="Name">The id in the resource names.</param>
/// <param name="From">As the old side sees it; null where it does not.</param>
/// <param name="To">As the new side sees it; null where it does not.</param>
/// <param name="Ranges">Where the samples differ, by group and sample; empty where one side has no stream.</param>
public sealed record StreamPair(
    string Name,
    TouchedStream? From,
    TouchedStream? To,
    IReadOnlyList<DifferingRange> Ranges
)
{
    /// <summary>What differs beside the samples; nothing where one side has no stream.</summary>
    public NoteDifference Notes { get; init; }

    /// <summary>
    /// Fields of the streams that differ, in the order of the contract: those of the descriptors, and what the ranges
    /// do not tell.
    /// </summary>
    public IReadOnlyList<string> ChangedFields => [.. Descriptors.ChangedFields, .. OtherFields()];

    /// <summary>Channels and descriptor fields that differ; nothing where one side has no stream.</summary>
    public DescriptorDifference Descriptors { get; } =
        From is null || To is null ? DescriptorDifference.None : DescriptorDifference.Between(From.Stream, To.Stream);

    public DiffSide Side =>
        From is null ? DiffSide.OnlyTo
        : To is null ? DiffSide.OnlyFrom
        : DiffSide.Changed;

    /// <summary>
    /// Whether nothing differs that a reader of the data could tell. Two branches that recorded the same are equal,
    /// although each has a stream of its own.
    /// </summary>
    public bool IsEqual =>
        From is not null && To is not null && Ranges.Count == 0 && Descriptors.IsEmpty && !OtherFields().Any();

    private IEnumerable<string> OtherFields()
    {
        if (From?.Stream.Progress is not { } old || To?.Stream.Progress is not { } current)
        {
            yield break;
        }

        // Where samples differ, so may both, and the ranges say it.
        if (Ranges.Count == 0 && old.NextSample != current.NextSample)
        {
            yield return "sample_count";
        }

        if (Ranges.Count == 0 && old.MissingSamples != current.MissingSamples)
        {
            yield return "missing_sample_count";
        }

        if (Notes.TimeAnchors)
        {
            yield return "time_anchors";
        }

        if (Notes.Annotations)
        {
            yield return "annotations";
        }
    }
}

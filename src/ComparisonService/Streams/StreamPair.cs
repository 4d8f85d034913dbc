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
    public bool IsEqual => From is not null && To is not null && Ranges.Count == 0 && Descriptors.IsEmpty;
}

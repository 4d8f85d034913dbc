using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Streams;

/// <summary>A channel group of each side, and the channels that both have and that are compared.</summary>
/// <param name="From">The group on the old side.</param>
/// <param name="To">The group on the new side.</param>
public sealed record GroupPair(GroupSide From, GroupSide To)
{
    /// <summary>
    /// Whether both lay down the same channels in the same order and type: then equal digests are equal samples.
    /// </summary>
    public bool HasOneLayout { get; init; }

    /// <summary>
    /// The pairs of groups that have channels in common. A stream whose montage was not changed has one for each group.
    /// </summary>
    /// <param name="wanted">Labels; empty for all that both have.</param>
    public static IReadOnlyList<GroupPair> Of(
        SignalStreamDescriptor from,
        SignalStreamDescriptor to,
        IReadOnlyCollection<string> wanted
    ) =>
        [
            .. Enumerable
                .Range(0, from.Groups.Count)
                .SelectMany(old =>
                    Enumerable.Range(0, to.Groups.Count).Select(current => Of((from, old), (to, current), wanted))
                )
                .OfType<GroupPair>(),
        ];

    private static GroupPair? Of(
        (SignalStreamDescriptor Stream, int Group) from,
        (SignalStreamDescriptor Stream, int Group) to,
        IReadOnlyCollection<string> wanted
    )
    {
        var (old, current) = (ChannelsOf(from), ChannelsOf(to));
        var labels = old.Select(channel => channel.Label)
            .Intersect(current.Select(channel => channel.Label))
            .Where(label => wanted.Count == 0 || wanted.Contains(label))
            .ToArray();
        return labels.Length == 0
            ? null
            : new(GroupSide.Of(from.Group, old, labels), GroupSide.Of(to.Group, current, labels))
            {
                HasOneLayout = old.Select(LayoutOf).SequenceEqual(current.Select(LayoutOf)),
            };
    }

    private static (string, SampleType) LayoutOf(SignalChannel channel) => (channel.Label, channel.SampleType);

    private static SignalChannel[] ChannelsOf((SignalStreamDescriptor Stream, int Group) side) =>
        [.. side.Stream.Groups[side.Group].Channels.Select(index => side.Stream.Channels[index])];
}

/// <summary>One side of a pair of groups.</summary>
/// <param name="Index">Which group of its stream.</param>
/// <param name="Channels">Those that are compared, in the order of the pair.</param>
/// <param name="Places">Where each stands in the group's blocks.</param>
public sealed record GroupSide(int Index, IReadOnlyList<SignalChannel> Channels, int[] Places)
{
    public static GroupSide Of(int index, SignalChannel[] group, string[] labels)
    {
        int[] places = [.. labels.Select(label => Array.FindIndex(group, channel => channel.Label == label))];
        return new(index, [.. places.Select(place => group[place])], places);
    }

    /// <summary>Labels of the compared channels, in the order of the pair.</summary>
    public IReadOnlyList<string> Labels { get; } = [.. Channels.Select(channel => channel.Label)];
}

using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Streams;

/// <summary>What differs between two descriptors of a stream, by label and by field name.</summary>
public sealed record DescriptorDifference(
    IReadOnlyList<string> ChannelsOnlyFrom,
    IReadOnlyList<string> ChannelsOnlyTo,
    IReadOnlyList<string> ChannelsChanged,
    IReadOnlyList<string> ChangedFields
)
{
    public static DescriptorDifference None { get; } = new([], [], [], []);

    public bool IsEmpty =>
        ChannelsOnlyFrom.Count + ChannelsOnlyTo.Count + ChannelsChanged.Count + ChangedFields.Count == 0;

    /// <summary>Channels are paired by label; the order of fields is that of the contract.</summary>
    public static DescriptorDifference Between(SignalStream from, SignalStream to)
    {
        var old = from.Descriptor.Channels.ToDictionary(channel => channel.Label);
        var current = to.Descriptor.Channels.ToDictionary(channel => channel.Label);
        return new(
            [.. old.Keys.Where(label => !current.ContainsKey(label))],
            [.. current.Keys.Where(label => !old.ContainsKey(label))],
            [.. old.Where(entry => IsChanged(entry.Value, current.GetValueOrDefault(entry.Key))).Select(e => e.Key)],
            [.. Fields(from, to).Where(field => field.Differs).Select(field => field.Name)]
        );
    }

    private static bool IsChanged(SignalChannel from, SignalChannel? to) =>
        to is not null && (to with { Labels = from.Labels } != from || !HasSame(from.Labels, to.Labels));

    private static bool HasSame(IReadOnlyDictionary<string, string> from, IReadOnlyDictionary<string, string> to) =>
        from.Count == to.Count && from.All(label => to.TryGetValue(label.Key, out var value) && value == label.Value);

    private static IEnumerable<(string Name, bool Differs)> Fields(SignalStream from, SignalStream to) =>
        [
            ("display_name", from.Descriptor.DisplayName != to.Descriptor.DisplayName),
            ("device", from.Descriptor.DeviceJson != to.Descriptor.DeviceJson),
            ("nominal_rate", from.Descriptor.Rate != to.Descriptor.Rate),
            ("start_time", from.Descriptor.StartTimeNs != to.Descriptor.StartTimeNs),
            ("expected_sample_count", from.Descriptor.ExpectedSampleCount != to.Descriptor.ExpectedSampleCount),
            ("labels", from.Descriptor.LabelsJson != to.Descriptor.LabelsJson),
            ("metadata", from.Descriptor.MetadataJson != to.Descriptor.MetadataJson),
            ("state", from.Finished != to.Finished),
        ];
}

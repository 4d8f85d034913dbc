using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Streams;

/// <summary>Says in words what two layouts differ in, for the message that refuses one of them.</summary>
internal static class LayoutDifference
{
    /// <summary>The first difference that matters to samples, or null where there is none.</summary>
    public static string? Find(SignalStreamDescriptor stored, SignalStreamDescriptor given)
    {
        if (stored.ComputeLayoutDigest().AsSpan().SequenceEqual(given.ComputeLayoutDigest()))
        {
            return null;
        }

        if (stored.Rate != given.Rate)
        {
            return $"its rate is {stored.Rate.Samples}/{stored.Rate.Seconds} s, not "
                + $"{given.Rate.Samples}/{given.Rate.Seconds} s";
        }

        if (stored.Channels.Count != given.Channels.Count)
        {
            return $"it has {stored.Channels.Count} channels, not {given.Channels.Count}";
        }

        var (index, was, now) = stored
            .Channels.Zip(given.Channels)
            .Select((pair, index) => (index, pair.First, pair.Second))
            .First(entry => Describe(entry.First) != Describe(entry.Second));
        return $"channel {index} is {Describe(was)}, not {Describe(now)}";
    }

    private static string Describe(SignalChannel channel) =>
        $"'{channel.Label}' ({channel.SampleType}, group {channel.ChannelGroup}, {channel.Scale:R} {channel.Unit} a "
        + "step, "
        + $"offset {channel.Offset:R})";
}

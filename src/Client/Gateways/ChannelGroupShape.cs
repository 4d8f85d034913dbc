using Dendrite.Signals.Blocks;

namespace Dendrite.Client.Gateways;

/// <summary>What the samples of one channel group look like.</summary>
/// <param name="Group">Its number.</param>
/// <param name="Type">Of its samples.</param>
/// <param name="ChannelCount">Channels in it.</param>
internal sealed record ChannelGroupShape(int Group, SampleType Type, int ChannelCount)
{
    /// <summary>Bytes of one sample of all channels.</summary>
    public int InstantBytes => Type.SizeBytes() * ChannelCount;

    /// <summary>Samples of each channel in a block of that size; at least 1.</summary>
    public int SamplesIn(int bytes) => Math.Max(1, bytes / InstantBytes);

    /// <summary>The groups of a stream, by number.</summary>
    /// <exception cref="ArgumentException">The numbers have holes, or a group has channels of several
    /// types.</exception>
    public static ChannelGroupShape[] Of(V1.SignalStream descriptor)
    {
        var groups = descriptor.Channels.GroupBy(channel => channel.ChannelGroup).OrderBy(group => group.Key).ToArray();
        for (var i = 0; i < groups.Length; i++)
        {
            var types = groups[i].Select(channel => channel.SampleType).Distinct().ToArray();
            if (groups[i].Key != i || types is not [not V1.SampleType.Unspecified])
            {
                throw new ArgumentException(
                    $"channels: group {groups[i].Key} has samples of {string.Join(" and ", types)}; groups count "
                        + "from 0 without holes, and each has one sample type.",
                    nameof(descriptor)
                );
            }
        }

        return [.. groups.Select(group => new ChannelGroupShape(group.Key, TypeOf(group.First()), group.Count()))];
    }

    /// <summary>The layout in one line, equal for streams that take each other's blocks.</summary>
    public static string Describe(V1.SignalStream descriptor) =>
        $"{descriptor.NominalRate.Samples}/{descriptor.NominalRate.Seconds} Hz: "
        + string.Join(
            ", ",
            descriptor.Channels.Select(channel => $"{channel.Label} {channel.SampleType} g{channel.ChannelGroup}")
        );

    private static SampleType TypeOf(V1.SignalChannel channel) => (SampleType)(byte)channel.SampleType;
}

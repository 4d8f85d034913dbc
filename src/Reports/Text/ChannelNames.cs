using Dendrite.V1;

namespace Dendrite.Reports.Text;

/// <summary>What pairs of channels are called.</summary>
internal static class ChannelNames
{
    /// <summary>
    /// The label, with that of the counterpart where it is another; with the streams where the comparison has more than
    /// one.
    /// </summary>
    public static IReadOnlyList<string> Of(ExperimentComparison comparison)
    {
        var streams = comparison
            .Channels.Select(channel => (channel.Pair.FromStreamId, channel.Pair.ToStreamId))
            .Distinct()
            .Count();
        return [.. comparison.Channels.Select(channel => Of(channel.Pair, streams > 1))];
    }

    private static string Of(ChannelPair pair, bool withStream)
    {
        var label = Either(pair.FromChannel, pair.ToChannel);
        return withStream ? $"{Either(pair.FromStreamId, pair.ToStreamId)}: {label}" : label;
    }

    private static string Either(string from, string to) =>
        from == to ? Words.Short(from) : $"{Words.Short(from)} → {Words.Short(to)}";
}

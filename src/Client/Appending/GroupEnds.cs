namespace Dendrite.Client.Appending;

/// <summary>Where each channel group of a stream stands, as the service said when it was opened.</summary>
internal static class GroupEnds
{
    public static long[] Of(V1.AppendOpened opened, V1.SignalStream descriptor)
    {
        var ends = new long[descriptor.Channels.Max(channel => channel.ChannelGroup) + 1];
        Array.Fill(ends, opened.NextSample);
        foreach (var group in opened.Groups)
        {
            ends[group.ChannelGroup] = group.NextSample;
        }

        return ends;
    }
}

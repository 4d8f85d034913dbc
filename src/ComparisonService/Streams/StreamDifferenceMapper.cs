using Dendrite.Contracts.Names;
using Dendrite.Storage.Comparison;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Streams;

/// <summary>Puts a pair of streams on the wire.</summary>
public static class StreamDifferenceMapper
{
    /// <summary>Ranges in one answer; <c>DiffStream</c> is for more.</summary>
    private const int MaxRanges = 100;

    private const long NanosecondsPerSecond = 1_000_000_000;

    public static StreamDifference ToMessage(StreamPair pair, BranchName from, BranchName to)
    {
        var message = new StreamDifference
        {
            StreamId = pair.Name,
            Side = pair.Side,
            From = pair.From is { } old ? Summarize(old, from) : null,
            To = pair.To is { } current ? Summarize(current, to) : null,
            RangesTruncated = pair.Ranges.Count > MaxRanges,
        };
        message.ChannelsOnlyFrom.Add(pair.Descriptors.ChannelsOnlyFrom);
        message.ChannelsOnlyTo.Add(pair.Descriptors.ChannelsOnlyTo);
        message.ChannelsChanged.Add(pair.Descriptors.ChannelsChanged);
        message.ChangedFields.Add(pair.ChangedFields);
        message.Ranges.Add(pair.Ranges.Take(MaxRanges).Select(ToMessage));
        return message;
    }

    public static RangeDifference ToMessage(DifferingRange range) =>
        new()
        {
            ChannelGroup = range.ChannelGroup,
            Range = new() { StartSample = range.Start, EndSample = range.End },
            Side = range.Side switch
            {
                RangeSide.OnlyFrom => DiffSide.OnlyFrom,
                RangeSide.OnlyTo => DiffSide.OnlyTo,
                _ => DiffSide.Changed,
            },
        };

    private static StreamSummary Summarize(TouchedStream touched, BranchName branch)
    {
        var (stream, descriptor) = (touched.Stream, touched.Stream.Descriptor);
        var isEmpty = stream.Progress.NextSample == 0;
        return new()
        {
            Stream = new StreamName(branch.Project, branch.Branch, descriptor.Name).ToString(),
            ChannelCount = descriptor.Channels.Count,
            SampleCount = stream.Progress.NextSample,
            MissingSampleCount = stream.Progress.MissingSamples,
            StartTime = isEmpty ? null : ToTimestamp(descriptor.StartTimeNs),
            EndTime = isEmpty ? null : ToTimestamp(touched.EndTimeNs),
            NominalRate = new() { Samples = descriptor.Rate.Samples, Seconds = descriptor.Rate.Seconds },
            StoredBytes = stream.Progress.StoredBytes,
            LastVersion = stream.Progress.LastVersion.Value,
        };
    }

    private static Timestamp ToTimestamp(long nanoseconds)
    {
        var (seconds, rest) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        return rest < 0
            ? new() { Seconds = seconds - 1, Nanos = (int)(rest + NanosecondsPerSecond) }
            : new() { Seconds = seconds, Nanos = (int)rest };
    }
}

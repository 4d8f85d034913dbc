using Dendrite.Errors;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Overview;

/// <summary>What an overview gives, worked out before anything is fetched.</summary>
/// <param name="Read">The window and the channels.</param>
/// <param name="IsExact">Whether blocks that an edge of a bucket cuts are decoded.</param>
internal sealed record OverviewPlan(ReadPlan Read, OverviewBuckets Buckets, bool IsExact)
{
    private const int MaxBuckets = 10_000;

    /// <summary>Cells of the answer that are gathered at once: 40 MB.</summary>
    private const int MaxCells = 1_000_000;

    /// <param name="request">What is asked for.</param>
    /// <param name="stream">Where.</param>
    /// <param name="inTime">The samples of a range of time, as <see cref="StreamTimes"/> finds them; else null.</param>
    /// <exception cref="DendriteException">SamplesOutOfRange, ChannelNotFound, InvalidArgument.</exception>
    public static OverviewPlan Of(V1.ReadOverviewRequest request, SignalStream stream, SampleRange? inTime)
    {
        if (request.BucketCount is < 1 or > MaxBuckets)
        {
            throw DendriteException.Invalid(
                "bucket_count",
                $"{request.BucketCount} is not between 1 and {MaxBuckets}; ask for one for each pixel of the plot"
            );
        }

        var read = ReadPlan.Of(ToRead(request), stream, inTime);
        if ((long)read.Channels.Count * request.BucketCount > MaxCells)
        {
            throw DendriteException.Invalid(
                "bucket_count",
                $"{request.BucketCount} buckets of {read.Channels.Count} channels are more than {MaxCells} figures; "
                    + "ask for fewer channels at a time, or fewer buckets"
            );
        }

        return new(read, new(read.Range, request.BucketCount), request.Exact);
    }

    private static V1.ReadSamplesRequest ToRead(V1.ReadOverviewRequest request)
    {
        var read = new V1.ReadSamplesRequest { Channels = { request.Channels } };
        switch (request.WindowCase)
        {
            case V1.ReadOverviewRequest.WindowOneofCase.Samples:
                read.Samples = request.Samples;
                break;
            case V1.ReadOverviewRequest.WindowOneofCase.Time:
                read.Time = request.Time;
                break;
            default:
                break;
        }

        return read;
    }
}

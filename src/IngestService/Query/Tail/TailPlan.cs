using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>What a tail gives, checked before the first byte of it is fetched. Pure.</summary>
internal static class TailPlan
{
    private static readonly TimeSpan DefaultLag = TimeSpan.FromSeconds(10);

    /// <summary>Less than that passes between a commit and the reader now and then, and nobody is slow.</summary>
    private static readonly TimeSpan SmallestLag = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LargestLag = TimeSpan.FromHours(1);

    /// <summary>How far the reader may fall behind.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static TimeSpan ReadMaxLag(Duration? lag)
    {
        if (lag is null)
        {
            return DefaultLag;
        }

        var nanoseconds = lag.ToNanoseconds();
        return
            lag.Nanos is > -1_000_000_000 and < 1_000_000_000
            && nanoseconds >= SmallestLag.TotalNanoseconds
            && nanoseconds <= LargestLag.TotalNanoseconds
            ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick)
            : throw DendriteException.Invalid(
                "max_lag",
                $"{lag.Seconds} s and {lag.Nanos} ns is not within 0.1 s and one hour; leave it out for "
                    + $"{DefaultLag.TotalSeconds} s"
            );
    }

    /// <summary>The first step: from where the reader begins to where the stream ends now.</summary>
    /// <exception cref="DendriteException">SAMPLES_OUT_OF_RANGE, CHANNEL_NOT_FOUND, INVALID_ARGUMENT.</exception>
    public static ReadPlan Of(V1.TailRequest request, SignalStream stream)
    {
        var end = stream.Progress.NextSample;
        var start = request.HasStartSample ? request.StartSample : end;
        if (start < 0 || start > end)
        {
            var problem = $"{start} is not within 0 to {end}, where the stream ends; leave it out for what comes now";
            throw new DendriteException(ErrorReason.SamplesOutOfRange, $"start_sample: {problem}.")
            {
                FieldViolations = [new("start_sample", problem)],
            };
        }

        var read = new V1.ReadSamplesRequest
        {
            Samples = new() { StartSample = start, EndSample = end },
            Format = request.Format,
        };
        read.Channels.Add(request.Channels);
        return ReadPlan.Of(read, stream);
    }
}

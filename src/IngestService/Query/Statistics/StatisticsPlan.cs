using Dendrite.Errors;
using Dendrite.Signals.Analysis;
using Dendrite.Storage.Signals;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Query.Statistics;

/// <summary>Which figures of which windows a read of statistics gives.</summary>
/// <param name="Read">Range and channels, read as physical values.</param>
/// <param name="Length">Samples of a window.</param>
/// <param name="Step">Samples from the start of a window to the start of the next.</param>
/// <param name="Statistics">In the order of the answers' values.</param>
internal sealed record StatisticsPlan(
    ReadPlan Read,
    long Length,
    long Step,
    IReadOnlyList<V1.SignalStatistic> Statistics
)
{
    /// <summary>Windows that are open at once: how many may overlap at one sample.</summary>
    private const int MaxOverlap = 100;

    /// <summary>Numbers that open windows hold together: 128 MiB.</summary>
    private const long MaxHeld = 16 << 20;

    private const int SecondsOfSegment = 2;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly V1.SignalStatistic[] All =
    [
        .. System.Enum.GetValues<V1.SignalStatistic>().Where(one => one != V1.SignalStatistic.Unspecified),
    ];

    /// <summary>Samples of a segment of the spectra: two seconds, or a window where that is shorter; 0: no powers are
    /// asked for.</summary>
    public int SegmentLength { get; private init; }

    /// <summary>Samples a second, in Hz; 1 for an irregular stream, which has no powers.</summary>
    public double Rate { get; private init; }

    /// <summary>How many windows there are: those that fit whole.</summary>
    public long WindowCount => Length == 0 || Read.Range.Count < Length ? 0 : ((Read.Range.Count - Length) / Step) + 1;

    public SampleRange WindowAt(long index)
    {
        var start = Read.Range.Start + (index * Step);
        return new(start, start + Length);
    }

    /// <param name="request">What is asked for.</param>
    /// <param name="stream">Where.</param>
    /// <param name="inTime">The samples of a range of time, as <see cref="StreamTimes"/> finds them; else null.</param>
    /// <exception cref="DendriteException">SamplesOutOfRange, ChannelNotFound, InvalidArgument.</exception>
    public static StatisticsPlan Of(V1.ReadStatisticsRequest request, SignalStream stream, SampleRange? inTime)
    {
        var read = ReadPlan.Of(ToRead(request), stream, inTime);
        var rate = stream.Descriptor.Rate;
        var length = request.WindowLength is null
            ? read.Range.Count
            : ToSamples(request.WindowLength, rate, "window_length");
        var step = request.WindowStep is null ? length : ToSamples(request.WindowStep, rate, "window_step");
        if (step < length / MaxOverlap)
        {
            throw DendriteException.Invalid(
                "window_step",
                $"{request.WindowStep} is less than a hundredth of window_length; make it longer"
            );
        }

        var statistics = ReadStatistics(request.Statistics);
        var plan = new StatisticsPlan(read, length, Math.Max(step, 1), statistics)
        {
            Rate = rate.Samples == 0 ? 1 : (double)rate.Samples / rate.Seconds,
            SegmentLength = statistics.Any(IsPower) ? SegmentOf(length, rate) : 0,
        };
        plan.CheckMemory();
        return plan;
    }

    private static bool IsPower(V1.SignalStatistic statistic) => statistic >= V1.SignalStatistic.DeltaPower;

    private static int SegmentOf(long window, StreamRate rate)
    {
        var twoSeconds = Math.Round(SecondsOfSegment * (double)rate.Samples / rate.Seconds);
        return (int)Math.Min(window, Math.Min(twoSeconds, int.MaxValue));
    }

    private void CheckMemory()
    {
        // A spectrum holds a segment six times over: window, samples, two for each complex number, and half a power.
        var perWindow = 8 + (SegmentLength < WindowStatistics.ShortestSegment ? 0 : 6L * SegmentLength);
        var open = Length == 0 ? 1 : (Length / Step) + 1;
        if (open * Read.Channels.Count * perWindow > MaxHeld)
        {
            throw DendriteException.Invalid(
                "channels",
                $"{Read.Channels.Count} channels in windows that overlap {open} times hold too much at once; ask for "
                    + "fewer channels at a time, for a longer window_step, or for no powers"
            );
        }
    }

    private static long ToSamples(Duration duration, StreamRate rate, string field)
    {
        if (rate.Samples == 0)
        {
            throw DendriteException.Invalid(
                field,
                "is a time, and the stream has no rate; leave it empty for one window over the range"
            );
        }

        var nanoseconds = ((Int128)duration.Seconds * NanosecondsPerSecond) + duration.Nanos;
        var samples =
            ((nanoseconds * rate.Samples * 2) + ((Int128)rate.Seconds * NanosecondsPerSecond))
            / ((Int128)rate.Seconds * NanosecondsPerSecond * 2);
        return nanoseconds > 0 && samples > 0 && samples <= long.MaxValue
            ? (long)samples
            : throw DendriteException.Invalid(
                field,
                "is shorter than half a sample, or too long; a window has samples"
            );
    }

    private static V1.SignalStatistic[] ReadStatistics(IReadOnlyList<V1.SignalStatistic> asked)
    {
        for (var i = 0; i < asked.Count; i++)
        {
            if (!All.Contains(asked[i]))
            {
                throw DendriteException.Invalid($"statistics[{i}]", $"{(int)asked[i]} is not a statistic");
            }
        }

        return asked.Count > All.Length
                ? throw DendriteException.Invalid("statistics", $"names {asked.Count}; there are {All.Length}")
            : asked is [] ? All
            : [.. asked];
    }

    private static V1.ReadSamplesRequest ToRead(V1.ReadStatisticsRequest request)
    {
        var read = new V1.ReadSamplesRequest
        {
            Channels = { request.Channels },
            Format = V1.SampleFormat.PhysicalFloat64,
        };
        switch (request.RangeCase)
        {
            case V1.ReadStatisticsRequest.RangeOneofCase.Samples:
                read.Samples = request.Samples;
                break;
            case V1.ReadStatisticsRequest.RangeOneofCase.Time:
                read.Time = request.Time;
                break;
            default:
                break;
        }

        return read;
    }
}

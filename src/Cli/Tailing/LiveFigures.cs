using System.Buffers.Binary;
using Dendrite.V1;

namespace Dendrite.Cli.Tailing;

/// <summary>What one second of one channel was, in its unit; missing, NaN and infinite samples are left out.</summary>
/// <param name="StartSample">Index of its first sample.</param>
/// <param name="EndSample">Index after its last.</param>
/// <param name="SampleCount">How many of them there are. With none, there are no figures.</param>
/// <param name="Mean">Null also where the sum is beyond what a double holds.</param>
/// <param name="RootMeanSquare">Root of the mean of the squares; null likewise.</param>
internal sealed record LiveFigure(
    string Channel,
    string Unit,
    long StartSample,
    long EndSample,
    long SampleCount,
    double? Minimum,
    double? Maximum,
    double? Mean,
    double? RootMeanSquare
);

/// <summary>
/// Makes figures of samples as they come: one for each channel and second by the nominal rate, counted from the
/// stream's first sample. Of an irregular stream, one for each 256 samples. For one caller at a time.
/// </summary>
/// <param name="header">Of the tail, in PHYSICAL_FLOAT64.</param>
internal sealed class LiveFigures(SampleHeader header)
{
    private static readonly SampleRate Irregular = new() { Samples = 256, Seconds = 1 };

    private readonly SampleRate rate = header.NominalRate is { Samples: > 0, Seconds: > 0 } regular
        ? regular
        : Irregular;

    /// <summary>Up to where each channel group came.</summary>
    private readonly Dictionary<int, long> ends = header
        .Channels.Select(channel => channel.ChannelGroup)
        .Distinct()
        .ToDictionary(group => group, _ => header.Range.StartSample);

    /// <summary>Seconds that have samples and may get more; by their number, a sum for each channel.</summary>
    private readonly SortedDictionary<long, Sum[]> open = [];

    /// <summary>Everything before it came.</summary>
    public long Through => ends.Values.Min();

    /// <summary>Takes samples. Those that came before, as after a lost connection, count once.</summary>
    /// <returns>The seconds that are over, by time, then channel.</returns>
    public IEnumerable<LiveFigure> Add(SampleChunk chunk)
    {
        var group = chunk.ChannelGroup;
        var end = chunk.FirstSample + chunk.SampleCount;
        var channels = Enumerable.Range(0, header.Channels.Count).Where(i => header.Channels[i].ChannelGroup == group);
        foreach (var (channel, place) in channels.Select((channel, place) => (channel, place)))
        {
            for (var start = Math.Max(chunk.FirstSample, ends[group]); start < end; )
            {
                var second = SecondOf(start);
                var stop = Math.Min(end, StartOf(second + 1));
                var first = ((long)place * chunk.SampleCount) + start - chunk.FirstSample;
                var bytes = chunk.Data.Span.Slice((int)first * sizeof(double), (int)(stop - start) * sizeof(double));
                SumsOf(second)[channel].Add(bytes);
                start = stop;
            }
        }

        ends[group] = Math.Max(ends[group], end);
        return TakeBefore(Through);
    }

    /// <summary>Passes samples that are missing, or were left out.</summary>
    /// <param name="group">Null: of all groups.</param>
    public IEnumerable<LiveFigure> Pass(SampleRange range, int? group)
    {
        foreach (var passed in ends.Keys.Where(one => group is null || one == group).ToArray())
        {
            ends[passed] = Math.Max(ends[passed], range.EndSample);
        }

        return TakeBefore(Through);
    }

    /// <summary>What there is of seconds that are not over.</summary>
    public IEnumerable<LiveFigure> TakeRest() => TakeBefore(long.MaxValue);

    private List<LiveFigure> TakeBefore(long sample)
    {
        List<LiveFigure> over = [];
        foreach (var (second, sums) in open.TakeWhile(entry => StartOf(entry.Key + 1) <= sample).ToArray())
        {
            var (start, end) = (StartOf(second), StartOf(second + 1));
            over.AddRange(sums.Select((sum, channel) => sum.ToFigure(header.Channels[channel], start, end)));
            open.Remove(second);
        }

        return over;
    }

    private Sum[] SumsOf(long second)
    {
        if (!open.TryGetValue(second, out var sums))
        {
            open[second] = sums = [.. header.Channels.Select(_ => new Sum())];
        }

        return sums;
    }

    private long SecondOf(long sample) => (long)((Int128)sample * rate.Seconds / rate.Samples);

    /// <summary>The first sample that is not before the second begins.</summary>
    private long StartOf(long second) => (long)((((Int128)second * rate.Samples) + rate.Seconds - 1) / rate.Seconds);

    private sealed class Sum
    {
        private long count;
        private double minimum = double.PositiveInfinity;
        private double maximum = double.NegativeInfinity;
        private double sum;
        private double squares;

        /// <param name="bytes">IEEE 754 binary64, little-endian.</param>
        public void Add(ReadOnlySpan<byte> bytes)
        {
            for (; bytes.Length >= sizeof(double); bytes = bytes[sizeof(double)..])
            {
                var value = BinaryPrimitives.ReadDoubleLittleEndian(bytes);
                if (double.IsFinite(value))
                {
                    count++;
                    minimum = Math.Min(minimum, value);
                    maximum = Math.Max(maximum, value);
                    sum += value;
                    squares += value * value;
                }
            }
        }

        public LiveFigure ToFigure(SignalChannel channel, long start, long end) =>
            count == 0
                ? new(channel.Label, channel.Unit, start, end, 0, null, null, null, null)
                : new(
                    channel.Label,
                    channel.Unit,
                    start,
                    end,
                    count,
                    minimum,
                    maximum,
                    Finite(sum / count),
                    Finite(Math.Sqrt(squares / count))
                );

        /// <summary>JSON has no number for what is beyond all of them.</summary>
        private static double? Finite(double value) => double.IsFinite(value) ? value : null;
    }
}

using System.Runtime.InteropServices;
using Dendrite.ComparisonService.Sampling;
using Dendrite.Signals.Analysis.Windows;
using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>Measures windows from their samples. Holds one plan at a time: for one call; not thread-safe.</summary>
internal sealed class ShapeMeter(SampleRunReader reader)
{
    private ShapePlan? last;

    /// <summary>What the open windows of one pass may hold.</summary>
    public const long PassBytes = 64 << 20;

    /// <summary>The shapes of some channels in one run of windows.</summary>
    /// <param name="range">Whole windows.</param>
    /// <param name="channels">Indexes into the stream's channels; see <see cref="PassBytes"/>.</param>
    /// <param name="isOver">Asked now and then; true ends it.</param>
    /// <returns>
    /// By channel, window by window the features; NaN where a window is not whole or does not vary. Null: it was ended.
    /// </returns>
    /// <exception cref="Errors.DendriteException">DATA_DAMAGED.</exception>
    public async Task<Dictionary<int, double[]>?> MeasureAsync(
        ShapedStream stream,
        SampleRange range,
        IReadOnlyList<int> channels,
        Func<bool> isOver,
        CancellationToken cancellation
    )
    {
        var plan = PlanOf(stream);
        var open = channels.ToDictionary(channel => channel, _ => new OpenChannel(plan, range));
        var scratch = new ShapeScratch(plan);
        double[] samples = [];
        await foreach (var run in reader.ReadAsync(stream.Sampled, channels, range, cancellation))
        {
            if (isOver())
            {
                return null;
            }

            Array.Resize(ref samples, Math.Max(samples.Length, (int)run.Range.Count));
            for (var place = 0; place < run.Channels.Count; place++)
            {
                var values = samples.AsSpan(0, (int)run.Range.Count);
                run.ReadPhysical(place, values);
                open[run.Channels[place]].Add(run.Range.Start, values, scratch);
            }
        }

        return open.ToDictionary(one => one.Key, one => one.Value.Features);
    }

    public static byte[] Write(double[] shapes) => MemoryMarshal.AsBytes(shapes.AsSpan()).ToArray();

    public static double[] Read(byte[] shapes) => MemoryMarshal.Cast<byte, double>(shapes).ToArray();

    /// <summary>Streams that are measured one after the other mostly have windows of one length and rate.</summary>
    private ShapePlan PlanOf(ShapedStream stream)
    {
        var (length, rate) = (stream.WindowLength, stream.Sampled.Rate);
        return last is { } plan && plan.Length == length && plan.Rate.Equals(rate) ? plan : last = new(length, rate);
    }

    /// <summary>One channel, window after window.</summary>
    private sealed class OpenChannel
    {
        private readonly ShapePlan plan;
        private readonly SampleRange range;
        private readonly WindowShape shape;
        private long window = -1;

        public OpenChannel(ShapePlan plan, SampleRange range)
        {
            (this.plan, this.range, shape) = (plan, range, new(plan));
            Features = new double[range.Count / plan.Length * ShapePlan.FeatureCount];
            Features.AsSpan().Fill(double.NaN);
        }

        public double[] Features { get; }

        public void Add(long first, ReadOnlySpan<double> samples, ShapeScratch scratch)
        {
            while (!samples.IsEmpty)
            {
                var index = (first - range.Start) / plan.Length;
                if (index != window)
                {
                    window = index;
                    shape.Clear();
                }

                var count = (int)Math.Min(samples.Length, range.Start + ((index + 1) * plan.Length) - first);
                // A window with a missing sample never gets its count, and has no shape.
                if (AllFinite(samples[..count]))
                {
                    shape.Add(samples[..count], scratch);
                }

                first += count;
                samples = samples[count..];
                if (shape.Count == plan.Length)
                {
                    var features = Features.AsSpan((int)index * ShapePlan.FeatureCount, ShapePlan.FeatureCount);
                    shape.TryWrite(features, scratch);
                }
            }
        }

        private static bool AllFinite(ReadOnlySpan<double> samples)
        {
            foreach (var sample in samples)
            {
                if (!double.IsFinite(sample))
                {
                    return false;
                }
            }

            return true;
        }
    }
}

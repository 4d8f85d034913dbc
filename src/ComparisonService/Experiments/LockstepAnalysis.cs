using System.Numerics;
using Dendrite.Signals.Analysis.Windows;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>What is known of the streams of a plan after some of their windows, and how the next ones join.</summary>
internal sealed class LockstepAnalysis
{
    private readonly LockstepPlan plan;
    private readonly WindowFeatures? features;
    private readonly WindowScratch[][] scratches;

    public LockstepAnalysis(LockstepPlan plan)
    {
        this.plan = plan;
        features = plan.Figures is { } figures ? new(figures) : null;
        Channels = Each(_ => new ChannelAnalysis(plan.Spectrum));
        scratches = Each(_ => new WindowScratch(plan.Spectrum, FeatureCount));
        Pairs = plan.Spectrum is { } spectrum ? [.. plan.Pairs.Select(_ => new PairAnalysis(spectrum))] : [];
    }

    /// <summary>By stream and measured channel.</summary>
    public ChannelAnalysis[][] Channels { get; }

    /// <summary>In the order of the plan's.</summary>
    public PairAnalysis[] Pairs { get; }

    /// <summary>Figures of a window.</summary>
    public int FeatureCount => features?.Count ?? 0;

    /// <summary>Takes a window that all streams stand at, in parallel over channels and then over pairs.</summary>
    public void Add(long window, IReadOnlyList<StreamFrames> frames, CancellationToken cancellation)
    {
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellation,
            MaxDegreeOfParallelism = Environment.ProcessorCount,
        };
        for (var stream = 0; stream < frames.Count; stream++)
        {
            var at = stream;
            Parallel.For(
                0,
                Channels[at].Length,
                parallel,
                () => new Room(plan),
                (channel, _, room) => AddChannel(new(at, channel), window, frames, room),
                _ => { }
            );
        }

        Parallel.For(
            0,
            Pairs.Length,
            parallel,
            () => new Room(plan),
            (pair, _, room) => AddPair(pair, frames, room),
            _ => { }
        );
    }

    /// <summary>Takes windows of which no stream has a sample.</summary>
    /// <param name="end">The window after the last one.</param>
    public void Skip(long window, long end, IReadOnlyList<StreamFrames> frames)
    {
        foreach (var (stream, channels) in Channels.Index())
        {
            foreach (var channel in channels)
            {
                channel.Missing += frames[stream].LengthOf(window, end);
            }
        }
    }

    /// <summary>The figures of the window that was added last; NaN where it is not whole.</summary>
    public ReadOnlySpan<double> FeaturesOf(int stream, int channel) => scratches[stream][channel].Features;

    private Room AddChannel(ChannelPlace at, long window, IReadOnlyList<StreamFrames> frames, Room room)
    {
        var scratch = scratches[at.Stream][at.Channel];
        scratch.Buffer = room.Segment;
        frames[at.Stream].Read(at.Channel, room.Old);
        Channels[at.Stream]
            [at.Channel]
            .Add(room.Old, window * plan.WindowSize, frames[at.Stream].LengthOf(window), scratch, features);
        scratch.Buffer = [];
        return room;
    }

    private Room AddPair(int index, IReadOnlyList<StreamFrames> frames, Room room)
    {
        var (from, to) = (plan.Pairs[index].From, plan.Pairs[index].To);
        frames[from.Stream].Read(from.Channel, room.Old);
        frames[to.Stream].Read(to.Channel, room.Current);
        var half = plan.WindowSize / 2;
        Pairs[index]
            .Add(
                scratches[from.Stream][from.Channel],
                room.Old.AsSpan(half),
                scratches[to.Stream][to.Channel],
                room.Current.AsSpan(half),
                room.Products
            );
        return room;
    }

    private T[][] Each<T>(Func<int, T> make) =>
        [.. plan.Streams.Select(stream => stream.Channels.Select(make).ToArray())];

    /// <summary>Where one thread computes.</summary>
    private sealed class Room(LockstepPlan plan)
    {
        private Complex[]? products;
        private double[]? current;

        public double[] Old { get; } = new double[plan.WindowSize * 3 / 2];

        public double[] Current => current ??= new double[Old.Length];

        public Complex[] Segment { get; } = new Complex[plan.Spectrum?.SegmentLength ?? 0];

        public Complex[] Products => products ??= new Complex[PairAnalysis.BufferLength(plan.Spectrum!)];
    }
}

using System.Numerics;
using Dendrite.Signals.Analysis;
using Dendrite.Signals.Analysis.Windows;

namespace Dendrite.Signals.Tests.Analysis;

/// <summary>Whole channels through the analysis that takes them window by window; the first two as a pair.</summary>
internal sealed class AnalysedChannels
{
    private readonly List<double[]>[] windows;

    public AnalysedChannels(int size, double rate, FrequencyBand[] bands, double line, double[][] samples)
    {
        var plan = new SpectrumPlan(size, rate, SpectralFigures.HighestOf(bands, line));
        Figures = new(plan, bands, line);
        var features = new WindowFeatures(Figures);
        Channels = [.. samples.Select(_ => new ChannelAnalysis(plan))];
        windows = [.. samples.Select(_ => new List<double[]>())];
        Pair = new(plan);
        var (buffer, products) = (new Complex[size], new Complex[PairAnalysis.BufferLength(plan)]);
        for (long start = 0; start < samples.Max(one => one.Length); start += size)
        {
            var frames = samples.Select(one => FrameOf(one, start, size)).ToArray();
            var scratches = samples.Select(_ => new WindowScratch(plan, features.Count) { Buffer = buffer }).ToArray();
            for (int i = 0; i < samples.Length; i++)
            {
                int length = (int)Math.Clamp(samples[i].Length - start, 0, size);
                Channels[i].Add(frames[i], start, length, scratches[i], features);
                windows[i].Add(scratches[i].Features);
            }
            if (samples.Length > 1)
            {
                int half = size / 2;
                Pair.Add(scratches[0], frames[0].AsSpan(half), scratches[1], frames[1].AsSpan(half), products);
            }
        }
    }

    public SpectralFigures Figures { get; }

    public ChannelAnalysis[] Channels { get; }

    public PairAnalysis Pair { get; }

    /// <summary>One figure of all whole windows of a channel.</summary>
    public double[] Features(int channel, int feature)
    {
        var whole = windows[channel].Where(window => !double.IsNaN(window[0])).Select(window => window[feature]);
        return [.. whole];
    }

    private static double[] FrameOf(double[] samples, long start, int size)
    {
        double[] frame = new double[size * 3 / 2];
        for (int i = 0; i < frame.Length; i++)
        {
            long sample = start - (size / 2) + i;
            frame[i] = sample >= 0 && sample < samples.Length ? samples[sample] : double.NaN;
        }
        return frame;
    }
}

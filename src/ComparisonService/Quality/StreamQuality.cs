using System.Globalization;
using Dendrite.Checks.Quality;
using Dendrite.ComparisonService.Sampling;
using Dendrite.Signals.Analysis.Quality;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;
using Rule = Dendrite.V1.QualityCheck.RuleOneofCase;

namespace Dendrite.ComparisonService.Quality;

/// <summary>
/// Holds one stream to the checks that are about it. Its samples are read once, and more often only where the spectra
/// of all its channels would not fit in memory.
/// </summary>
internal sealed class StreamQuality(SampleRunReader reader, RateMeter rates)
{
    /// <summary>What the channels of one pass may hold.</summary>
    private const long PassBytes = 64 << 20;

    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <param name="resource">The stream's name in findings.</param>
    /// <param name="checks">With their places among all checks.</param>
    public async Task CheckAsync(
        SampledStream stream,
        string resource,
        IReadOnlyList<(int Index, V1.QualityCheck Check)> checks,
        QualityFindings findings,
        CancellationToken cancellation
    )
    {
        foreach (var (index, check) in checks.Where(one => one.Check.RuleCase == Rule.MaxRateDeviationRatio))
        {
            await CheckRateAsync(stream, resource, (index, check), findings, cancellation);
        }

        var sampled = checks.Where(one => one.Check.RuleCase != Rule.MaxRateDeviationRatio).ToList();
        if (sampled.Count == 0)
        {
            return;
        }

        var hums = sampled.Where(one => one.Check.RuleCase == Rule.LineNoise);
        double[] frequencies = [.. hums.Select(one => one.Check.LineNoise.FrequencyHz).Distinct()];
        var measured = await MeasureAsync(stream, frequencies, cancellation);
        foreach (var (index, check) in sampled)
        {
            Judge(stream, resource, (index, check), measured, findings);
        }
    }

    private async Task CheckRateAsync(
        SampledStream stream,
        string resource,
        (int Index, V1.QualityCheck Check) check,
        QualityFindings findings,
        CancellationToken cancellation
    )
    {
        if (await rates.FindAsync(stream, cancellation) is not { } measured)
        {
            return;
        }

        var deviation = Math.Abs((measured / stream.Rate) - 1);
        findings.Measure(check.Index, deviation);
        if (deviation > check.Check.MaxRateDeviationRatio)
        {
            var message = Invariant($"runs at {measured:G9} Hz by its time anchors, not at {stream.Rate:G9} Hz");
            findings.Fail(
                check.Index,
                new()
                {
                    Resource = resource,
                    Value = deviation,
                    Message = message,
                }
            );
        }
    }

    /// <param name="frequencies">Of the mains, in Hz, for the line noise; none where it is not asked for.</param>
    /// <returns>By channel. Of a spectrum only the ratios stay, so that a pass frees what it held.</returns>
    private async Task<IReadOnlyList<ChannelFigures>> MeasureAsync(
        SampledStream stream,
        double[] frequencies,
        CancellationToken cancellation
    )
    {
        var isHeard = frequencies.Length > 0 && stream.Rate > 0 && stream.Rate <= LineNoise.HighestRate;
        var noise = isHeard ? new LineNoise(stream.Rate) : null;
        var all = Enumerable.Range(0, stream.Descriptor.Channels.Count).ToArray();
        var perPass = (int)Math.Clamp(PassBytes / (noise?.ChannelBytes ?? 1), 1, all.Length);
        var channels = new ChannelFigures[all.Length];
        foreach (var pass in all.Chunk(perPass))
        {
            var open = pass.ToDictionary(
                channel => channel,
                channel => new ChannelQuality(LimitsOf(stream.Descriptor.Channels[channel]), noise?.CreateSpectrum())
            );
            double[] samples = [];
            await foreach (var run in reader.ReadAsync(stream, pass, new(0, stream.Length), cancellation))
            {
                Array.Resize(ref samples, Math.Max(samples.Length, (int)run.Range.Count));
                for (var place = 0; place < run.Channels.Count; place++)
                {
                    var values = samples.AsSpan(0, (int)run.Range.Count);
                    run.ReadStored(place, values);
                    open[run.Channels[place]].Add(run.Range.Start, values);
                }
            }

            foreach (var (channel, quality) in open)
            {
                channels[channel] = new(
                    quality.MissingRatio(stream.Length),
                    quality.Clipped,
                    quality.ClippedRatio,
                    quality.Flat,
                    RatiosOf(quality, noise, frequencies)
                );
            }
        }

        return channels;
    }

    private static Dictionary<double, double> RatiosOf(
        ChannelQuality quality,
        LineNoise? noise,
        double[] frequencies
    ) =>
        noise is not null && quality.FindDensity() is { } density
            ? frequencies.ToDictionary(frequency => frequency, frequency => noise.RatioOf(density, frequency))
            : [];

    /// <summary>What the device declares, or else what the sample type can hold; null for floating point.</summary>
    internal static StoredLimits? LimitsOf(SignalChannel channel) =>
        channel is { DigitalMinimum: { } low, DigitalMaximum: { } high } && low < high
            ? new(low, high)
            : channel.SampleType switch
            {
                SampleType.Int16 => new(short.MinValue, short.MaxValue),
                SampleType.Int24 => new(-(1 << 23), (1 << 23) - 1),
                SampleType.Int32 => new(int.MinValue, int.MaxValue),
                _ => null,
            };

    private static void Judge(
        SampledStream stream,
        string resource,
        (int Index, V1.QualityCheck Check) check,
        IReadOnlyList<ChannelFigures> measured,
        QualityFindings findings
    )
    {
        var figures = measured.Select(channel => FigureOf(stream, check.Check, channel));
        var failed = new List<(int Channel, Figure Figure)>();
        foreach (var (channel, figure) in figures.Index())
        {
            if (figure is { } found)
            {
                findings.Measure(check.Index, found.Value);
                if (found.IsTooMuch)
                {
                    failed.Add((channel, found));
                }
            }
        }

        // What all channels lack alike is told once.
        var isAlike = failed.Count == measured.Count && failed.TrueForAll(one => one.Figure == failed[0].Figure);
        foreach (var (channel, figure) in isAlike ? failed.Take(1) : failed)
        {
            findings.Fail(
                check.Index,
                new()
                {
                    Resource = resource,
                    Channel = isAlike && failed.Count > 1 ? "" : stream.Descriptor.Channels[channel].Label,
                    Value = figure.Value,
                    Range = figure.Range is { } range
                        ? new() { StartSample = range.Start, EndSample = range.End }
                        : null,
                    Message = figure.Message,
                }
            );
        }
    }

    /// <summary>Null where there is nothing to measure: it does not break the check.</summary>
    private static Figure? FigureOf(SampledStream stream, V1.QualityCheck check, ChannelFigures channel)
    {
        switch (check.RuleCase)
        {
            case Rule.MaxMissingRatio:
                var missing = channel.MissingRatio;
                return new(
                    missing,
                    missing > check.MaxMissingRatio,
                    Invariant($"{missing:P2} of its {stream.Length} samples are missing")
                );
            case Rule.MaxClippedRatio:
                var clipped = channel.ClippedRatio;
                return new(
                    clipped,
                    clipped > check.MaxClippedRatio,
                    Invariant($"{channel.Clipped} samples ({clipped:P2}) lie at the limits of what it can store")
                );
            case Rule.MaxFlatDuration when stream.Rate > 0:
                var (start, count) = channel.Flat;
                var seconds = stream.Descriptor.Rate.ToNanoseconds(count) / (double)NanosecondsPerSecond;
                var most = check.MaxFlatDuration.Seconds + (check.MaxFlatDuration.Nanos / 1e9);
                return new(seconds, seconds >= most, Invariant($"does not change for {seconds:G6} s"))
                {
                    Range = new(start, start + count),
                };
            case Rule.LineNoise when channel.LineNoiseRatios.TryGetValue(check.LineNoise.FrequencyHz, out var ratio):
                return double.IsNaN(ratio)
                    ? null
                    : new(
                        ratio,
                        ratio > check.LineNoise.MaxPowerRatio,
                        Invariant($"{ratio:P2} of its power from 1 to 100 Hz is at {check.LineNoise.FrequencyHz} Hz")
                    );
            default:
                return null;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <param name="LineNoiseRatios">By frequency of the mains; none where it is not asked for, or not to be
    /// measured.</param>
    private sealed record ChannelFigures(
        double MissingRatio,
        long Clipped,
        double ClippedRatio,
        (long Start, long Count) Flat,
        IReadOnlyDictionary<double, double> LineNoiseRatios
    );

    private sealed record Figure(double Value, bool IsTooMuch, string Message)
    {
        public SampleRange? Range { get; init; }
    }
}

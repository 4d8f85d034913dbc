using Dendrite.Reports.Document;

namespace Dendrite.Reports.Plotting;

/// <summary>
/// Amplifiers that pass direct current leave each recording on a level of its own, often a thousand times what moves:
/// on one axis such recordings are two lines. Then each is drawn less its median; the table has the means.
/// </summary>
internal static class WaveformOffsets
{
    /// <summary>Levels farther from each other, or from 0, than this many typical envelopes are taken off.</summary>
    private const double Far = 4;

    /// <returns>Both as they are drawn, and whether their medians were taken off.</returns>
    public static (Waveform? From, Waveform? To, bool IsMoved) Settle(Waveform? from, Waveform? to)
    {
        var (old, late) = (LevelOf(from), LevelOf(to));
        var levels = new[] { old, late }.OfType<Level>().ToArray();
        if (levels.Length == 0)
        {
            return (from, to, false);
        }

        var reach = levels.Max(level => level.Extent) * Far;
        var lowest = Math.Min(0, levels.Min(level => level.Median));
        var highest = Math.Max(0, levels.Max(level => level.Median));
        return highest - lowest <= reach
            ? (from, to, false)
            : (Move(from, old?.Median ?? 0), Move(to, late?.Median ?? 0), true);
    }

    private static Level? LevelOf(Waveform? wave)
    {
        var runs = wave
            ?.Minima.Zip(wave.Maxima)
            .Where(run => double.IsFinite(run.First) && double.IsFinite(run.Second))
            .ToArray();
        return runs is not { Length: > 0 }
            ? null
            : new(
                // Halves first: the sum of the largest doubles is infinite.
                Median(runs.Select(run => (run.First / 2) + (run.Second / 2))),
                Median(runs.Select(run => run.Second - run.First))
            );
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return ordered[ordered.Length / 2];
    }

    private static Waveform? Move(Waveform? wave, double by) =>
        wave is null
            ? null
            : wave with
            {
                Minima = [.. wave.Minima.Select(value => value - by)],
                Maxima = [.. wave.Maxima.Select(value => value - by)],
            };

    private sealed record Level(double Median, double Extent);
}

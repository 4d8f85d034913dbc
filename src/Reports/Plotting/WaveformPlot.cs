using System.Text;
using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Plotting;

/// <summary>
/// Two recordings over each other, each as the band between the least and the greatest value of each run of time: peaks
/// are seen however long the recording is. Both begin at their first sample.
/// </summary>
internal static class WaveformPlot
{
    private const double Height = 200;

    /// <returns>Null where neither has a sample.</returns>
    public static Figure? Draw(string id, string channel, PlotSides sides)
    {
        var (from, to) = sides;
        var (old, late, isMoved) = WaveformOffsets.Settle(from?.Waveform, to?.Waveform);
        var waves = new[] { old, late }.OfType<Waveform>().ToArray();
        var values = waves.SelectMany(wave => wave.Minima.Concat(wave.Maxima)).Where(double.IsFinite).ToArray();
        if (values.Length == 0)
        {
            return null;
        }

        var frame = new PlotFrame(Height);
        var seconds = waves.Max(wave => wave.Minima.Count * wave.BucketSeconds);
        var x = new LinearScale(0, seconds, frame.Left, frame.Right);
        var y = new LinearScale(values.Min(), values.Max(), frame.Bottom, frame.Top);
        var unit = sides.Unit;
        var description = $"{sides.Describe(side => Extent(side, unit))} Gaps are left blank.";
        var picture = new Picture(id, Height, $"Waveforms of {channel}", description).WithHatch();
        frame.DrawY(picture, y, $"{(isMoved ? "less its median" : channel)} ({Units.Of(unit)})");
        Draw(picture, old, x, y, (Palette.From, Palette.From, "0.85"));
        Draw(picture, late, x, y, (picture.HatchTo, Palette.To, "0.55"));
        frame.DrawX(picture, x, "time since the first sample (s)");
        frame.DrawLegend(picture, from is not null, to is not null);
        return new($"{channel}: waveforms", description, picture.Finish());
    }

    private static void Draw(
        Picture picture,
        Waveform? wave,
        LinearScale x,
        LinearScale y,
        (string Fill, string Stroke, string Opacity) look
    )
    {
        if (wave is null)
        {
            return;
        }

        var path = new StringBuilder();
        for (var start = 0; start < wave.Minima.Count; )
        {
            var end = start;
            while (end < wave.Minima.Count && double.IsFinite(wave.Minima[end]) && double.IsFinite(wave.Maxima[end]))
            {
                end++;
            }

            AppendRun(path, wave, (start, end), x, y);
            start = Math.Max(end, start + 1);
        }

        if (path.Length > 0)
        {
            picture.Path(
                path.ToString(),
                ("fill", look.Fill),
                ("fill-opacity", look.Opacity),
                ("stroke", look.Stroke),
                ("stroke-width", "0.8"),
                ("stroke-linejoin", "round")
            );
        }
    }

    /// <summary>The outline of a run without gaps: along the maxima and back along the minima.</summary>
    private static void AppendRun(StringBuilder path, Waveform wave, (int Start, int End) run, Scale x, Scale y)
    {
        var command = 'M';
        void Append(int bucket, double value)
        {
            var at = x.Place((bucket + 0.5) * wave.BucketSeconds);
            path.Append(command).Append(Picture.Number(at)).Append(' ').Append(Picture.Number(y.Place(value)));
            command = 'L';
        }

        for (var i = run.Start; i < run.End; i++)
        {
            Append(i, wave.Maxima[i]);
        }

        for (var i = run.End - 1; i >= run.Start; i--)
        {
            Append(i, wave.Minima[i]);
        }

        if (run.End > run.Start)
        {
            path.Append('Z');
        }
    }

    private static string Extent(ChannelTrace? trace, string unit)
    {
        var minima = trace?.Waveform.Minima.Where(double.IsFinite).ToArray() ?? [];
        var maxima = trace?.Waveform.Maxima.Where(double.IsFinite).ToArray() ?? [];
        return minima.Length == 0 || maxima.Length == 0
            ? "has no samples"
            : $"lies between {Numbers.Value(minima.Min())} and {Numbers.Value(maxima.Max())} {Units.Of(unit)}";
    }
}

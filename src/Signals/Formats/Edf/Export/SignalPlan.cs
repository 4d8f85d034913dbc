using Dendrite.Signals.Blocks;
using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>A channel on its way into a file.</summary>
/// <param name="Stream">Index of its stream.</param>
/// <param name="Channel">Index of the channel in its stream.</param>
/// <param name="Signal">As the file will have it; its samples per record and place are filled in later.</param>
/// <param name="Conversion">From stored samples to those of the file.</param>
internal sealed record PlannedSignal(int Stream, int Channel, EdfSignal Signal, SampleConversion Conversion);

/// <summary>Which signals a file has, in which order, and what its header says of them.</summary>
internal sealed class SignalPlan(
    Recording recording,
    EdfExportOptions options,
    EdfTemplate? template,
    List<string> warnings
)
{
    private const int LabelWidth = 16;
    private const int TextWidth = 80;
    private const int UnitWidth = 8;

    /// <summary>Share of a physical range that floating point loses in computing its ends.</summary>
    private const double RangeNoise = 1e-12;

    private readonly SignalText text = new(options.Shorten, warnings);

    /// <summary>What was said of roundings: of which channel first, of how many more, and where.</summary>
    private readonly Dictionary<string, (string Subject, int Others, int Place)> roundings = [];

    /// <summary>
    /// In the order of the file from which the recording came, where it is known; signals of streams without samples
    /// have nothing to write.
    /// </summary>
    /// <exception cref="ExportRefusedException">The format cannot hold one of them.</exception>
    public IReadOnlyList<PlannedSignal> All()
    {
        var known = template
            ?.Header.Signals.Where(signal => !signal.IsAnnotations && signal.SamplesPerRecord > 0)
            .ToDictionary(signal => signal.Label);
        return
        [
            .. recording
                .Streams.SelectMany(
                    (stream, s) =>
                        stream.SampleCount == 0
                            ? []
                            : stream.Channels.Select((channel, c) => (Stream: s, Channel: c, Value: channel))
                )
                .Select(place =>
                    Plan(place.Stream, place.Channel, place.Value, known?.GetValueOrDefault(place.Value.Label))
                )
                // Stable: those that the file did not have come last, as they stand in their streams.
                .OrderBy(planned => planned.Signal.Index),
        ];
    }

    private PlannedSignal Plan(int stream, int index, RecordedChannel channel, EdfSignal? known)
    {
        var signal = known is not null && IsSame(known, channel) ? known : Describe(stream, index, channel);
        bool scaled = !HoldsAll(channel.SampleType) && options.Scales.ContainsKey((stream, index));
        return new(stream, index, signal, new(channel, options.Width, signal.Calibration, scaled));
    }

    /// <summary>The line, by which samples mean what they do, is that of the file.</summary>
    private bool IsSame(EdfSignal known, RecordedChannel channel) =>
        template!.Header.Width == options.Width
        && channel.SampleType == (options.Width == EdfSampleWidth.Bdf ? SampleType.Int24 : SampleType.Int16)
        && channel.Range
            == new RecordedRange(
                known.Calibration.PhysicalMin,
                known.Calibration.PhysicalMax,
                known.Calibration.DigitalMin,
                known.Calibration.DigitalMax
            );

    /// <summary>Every sample of the type fits.</summary>
    private bool HoldsAll(SampleType type) => type.IsInteger() && type.SizeBytes() <= (int)options.Width;

    private EdfSignal Describe(int stream, int index, RecordedChannel channel)
    {
        string subject = $"channel '{channel.Label}'";
        string label = text.FitLabel($"{subject}: label", channel.Label, LabelWidth);
        return new()
        {
            // Behind all those that the file had.
            Index = int.MaxValue,
            Label = label,
            OriginalLabel = label,
            Transducer = text.Fit($"{subject}: transducer", channel.Transducer, TextWidth),
            Unit = text.Fit($"{subject}: unit", channel.Unit, UnitWidth),
            Prefilter = text.Fit($"{subject}: prefilter", channel.Prefilter, TextWidth),
            Calibration = Calibrate(stream, index, channel, subject),
            SamplesPerRecord = 0,
            Width = options.Width,
        };
    }

    private EdfCalibration Calibrate(int stream, int index, RecordedChannel channel, string subject)
    {
        var width = options.Width;
        if (HoldsAll(channel.SampleType) || (channel.SampleType.IsInteger() && options.Scales.Count == 0))
        {
            return KeepLine(channel, subject);
        }
        if (!options.Scales.TryGetValue((stream, index), out var limits))
        {
            throw new ExportRefusedException(
                subject,
                $"Its samples are {channel.SampleType.ToString().ToLowerInvariant()}, which {width.Name()} does "
                    + $"not hold. "
                    + "Round them to what fits with --scale, or choose CSV or raw."
            );
        }
        double low = EdfNumber.Beyond(limits.Min, upwards: false);
        // Only a channel that always has one value lacks a range: any unit may be a small one, such as T.
        double most = limits.Max > low ? limits.Max : low + (low == 0 ? 1 : Math.Abs(low) * 1e-6);
        double high = EdfNumber.Beyond(most, upwards: true);
        return Checked(new(low, high, width.Min(), width.Max()), subject);
    }

    /// <summary>
    /// The line of a channel whose samples are kept: the same points, where its two fields hold them.
    /// </summary>
    private EdfCalibration KeepLine(RecordedChannel channel, string subject)
    {
        var width = options.Width;
        bool fits =
            channel.Range is { } range
            && range.DigitalMin != range.DigitalMax
            && range.DigitalMin >= width.Min()
            && range.DigitalMax <= width.Max()
            && range.DigitalMax >= width.Min()
            && range.DigitalMin <= width.Max();
        var (low, high) = fits ? (channel.Range!.DigitalMin, channel.Range.DigitalMax) : LimitsOf(channel.SampleType);
        var (physicalLow, physicalHigh) = (channel.ToPhysical(low), channel.ToPhysical(high));
        var line = new EdfCalibration(
            EdfNumber.Nearest(physicalLow),
            EdfNumber.Nearest(physicalHigh),
            (int)low,
            (int)high
        );
        // What the arithmetic alone leaves is no rounding that anybody wants to know of.
        double noise = Math.Abs(physicalHigh - physicalLow) * RangeNoise;
        if (
            !(Math.Abs(line.PhysicalMin - physicalLow) <= noise)
            || !(Math.Abs(line.PhysicalMax - physicalHigh) <= noise)
        )
        {
            NoteRounding(
                subject,
                $"its physical range {physicalLow} to {physicalHigh} was rounded to {line.PhysicalMin} to "
                    + $"{line.PhysicalMax}, which {EdfNumber.Width} characters hold; the stored samples are as "
                    + $"they were."
            );
        }
        return Checked(line, subject);
    }

    /// <summary>One warning for all channels of which it is the same: a cap has them by the hundred.</summary>
    private void NoteRounding(string subject, string text)
    {
        if (!roundings.TryGetValue(text, out var first))
        {
            roundings.Add(text, (subject, 0, warnings.Count));
            warnings.Add($"{subject}: {text}");
            return;
        }

        int others = first.Others + 1;
        roundings[text] = first with { Others = others };
        warnings[first.Place] = $"{first.Subject} and {others} more: {text}";
    }

    private (long Low, long High) LimitsOf(SampleType type) =>
        type == SampleType.Int16 ? (short.MinValue, short.MaxValue) : (options.Width.Min(), options.Width.Max());

    private EdfCalibration Checked(EdfCalibration line, string subject) =>
        !line.PhysicalMin.Equals(line.PhysicalMax) && line.IsFinite(options.Width)
            ? line
            : throw new ExportRefusedException(
                subject,
                $"{EdfNumber.Width} characters do not hold its physical range {line.PhysicalMin} to "
                    + $"{line.PhysicalMax}. "
                    + "Choose CSV or raw."
            );
}

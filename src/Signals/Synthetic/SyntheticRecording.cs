using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Synthetic;

/// <summary>
/// Writes synthetic EEG as an EDF+C file, with a few annotations: what the demonstration streams when given no file.
/// </summary>
public static class SyntheticRecording
{
    private const int AnnotationBytes = 120;
    private const int RecordSeconds = 1;

    private static readonly DateTime Start = new(2026, 3, 14, 9, 26, 53, DateTimeKind.Unspecified);

    /// <summary>Writes the file; the same options give the same bytes.</summary>
    /// <param name="stream">Where the file goes.</param>
    /// <param name="options">Its channels, rate and seed.</param>
    /// <param name="seconds">How long it lasts.</param>
    public static async Task WriteEdfAsync(
        Stream stream,
        SyntheticEegOptions options,
        int seconds,
        CancellationToken cancellationToken
    )
    {
        var header = EdfWriter.Lay(Describe(options, seconds), AnnotationBytes);
        var writer = await EdfWriter.CreateAsync(stream, header, cancellationToken);
        var eeg = new SyntheticEeg(options);
        short[] planar = new short[options.ChannelCount * options.SampleRateHz];
        var channels = Enumerable
            .Range(0, options.ChannelCount)
            .Select(i => new ReadOnlyMemory<short>(planar, i * options.SampleRateHz, options.SampleRateHz))
            .ToList();
        for (int second = 0; second < seconds; second++)
        {
            eeg.Read(planar);
            await writer.WriteRecordAsync(channels, Annotations(second), null, cancellationToken);
        }
    }

    private static EdfHeader Describe(SyntheticEegOptions options, int seconds) =>
        new()
        {
            Variant = EdfVariant.EdfPlusContinuous,
            Patient = "X X X Synthetic",
            Recording = "Startdate 14-MAR-2026 X X Dendrite",
            StartTime = Start,
            RecordCount = seconds / RecordSeconds,
            RecordDurationSeconds = RecordSeconds,
            Signals =
            [
                .. Enumerable
                    .Range(0, options.ChannelCount)
                    .Select(channel => new EdfSignal
                    {
                        Index = channel,
                        Label = SyntheticEeg.LabelOf(channel),
                        OriginalLabel = SyntheticEeg.LabelOf(channel),
                        Transducer = "simulated",
                        Unit = "uV",
                        // The steps of SyntheticEeg: 65,535 steps of 0.1 uV.
                        Calibration = new(-3276.8, 3276.7, short.MinValue, short.MaxValue),
                        SamplesPerRecord = options.SampleRateHz * RecordSeconds,
                    }),
            ],
        };

    /// <summary>Eyes open for ten seconds, closed for ten, and so on.</summary>
    private static EdfAnnotation[] Annotations(int second) =>
        second % 10 == 0 ? [new(second, 10, second / 10 % 2 == 0 ? "eyes open" : "eyes closed", second)] : [];
}

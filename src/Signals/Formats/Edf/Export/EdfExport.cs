using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>
/// Writes recordings as EDF, EDF+, BDF or BDF+ files. What an import made of such a file goes back into one that is
/// equal in all that docs/formats.md lists, and to the byte where the file was written as this writer writes.
/// </summary>
public static class EdfExport
{
    /// <summary>
    /// Works out the whole file but its samples, so that what cannot be written is refused before the first byte.
    /// </summary>
    /// <param name="reader">
    /// A recording. Its metadata has what an import kept of a file, or not; its streams are on one clock.
    /// </param>
    /// <param name="options">What may be changed, and what not.</param>
    /// <param name="cancellationToken">Stops the reading of gaps and anchors.</param>
    /// <exception cref="ExportRefusedException">The format cannot hold it.</exception>
    public static async Task<EdfExportPlan> PlanAsync(
        RecordingReader reader,
        EdfExportOptions options,
        CancellationToken cancellationToken
    )
    {
        var recording = reader.Recording;
        var warnings = new List<string>();
        var template = await EdfTemplate.ReadAsync(recording.Metadata, cancellationToken);
        decimal? tolerance = template is null ? null : EdfTimeline.Tolerance(template.Header);
        var runs = new List<StreamRuns>();
        for (int stream = 0; stream < recording.Streams.Count; stream++)
        {
            RefuseIrregular(recording.Streams[stream]);
            runs.Add(await StreamRuns.FindAsync(reader, stream, options.Fill, tolerance, cancellationToken));
        }
        WarnOfDrift(runs, warnings);
        RefusePartial(runs, options);
        var signals = new SignalPlan(recording, options, template, warnings).All();
        var annotations = ExportedAnnotations.Of(recording, runs, HasTriggers(signals, options), warnings);
        var draft = new EdfDraft(recording, options, template, warnings)
        {
            Runs = runs,
            Signals = signals,
            Grid = GridOf(signals, runs, options, template),
            Annotations = annotations,
        };
        return draft.Finish(reader);
    }

    /// <summary>
    /// An import reads them again from the bits of the first Status signal, and from those of BDF alone.
    /// </summary>
    private static bool HasTriggers(IReadOnlyList<PlannedSignal> signals, EdfExportOptions options) =>
        options.Width == EdfSampleWidth.Bdf
        && signals.FirstOrDefault(signal => BdfStatus.IsStatus(signal.Signal)) is { Conversion.IsScaled: false };

    private static RecordGrid? GridOf(
        IReadOnlyList<PlannedSignal> signals,
        IReadOnlyList<StreamRuns> runs,
        EdfExportOptions options,
        EdfTemplate? template
    )
    {
        if (signals.Count == 0)
        {
            return null;
        }
        int[] bytes =
        [
            .. runs.Select((_, stream) => signals.Count(signal => signal.Stream == stream) * (int)options.Width),
        ];
        return RecordGrid.Of(runs, bytes, template?.Header.RecordDurationSeconds, options.Fill);
    }

    private static void RefuseIrregular(RecordedStream stream)
    {
        if (stream.Rate.IsIrregular && stream.SampleCount > 0)
        {
            throw new ExportRefusedException(
                "rate",
                "The stream is irregular: each sample has an instant of its own, and the format has none. Choose CSV."
            );
        }
    }

    private static void RefusePartial(IReadOnlyList<StreamRuns> runs, EdfExportOptions options)
    {
        var partial = runs.SelectMany(stream => stream.Missing)
            .FirstOrDefault(piece => piece.MissingChannels.Count > 0);
        if (partial is not null && !options.Fill)
        {
            throw new ExportRefusedException(
                $"samples {partial.FirstSample} to {partial.FirstSample + partial.SampleCount}",
                $"They are missing in {string.Join(", ", partial.MissingChannels.Order())} and not in the "
                    + "others, which the "
                    + "format cannot say. Fill them with --fill, or leave these channels out."
            );
        }
    }

    private static void WarnOfDrift(IReadOnlyList<StreamRuns> runs, List<string> warnings)
    {
        foreach (var stream in runs.Where(stream => stream.LargestDriftSeconds > stream.Rate.SecondsAt(1) / 2))
        {
            warnings.Add(
                $"The device's clock is off its nominal {stream.Rate.Hz:0.####} Hz by up to "
                    + $"{stream.LargestDriftSeconds:0.######} s, which the format does not keep; the samples "
                    + $"are as they were."
            );
        }
    }
}

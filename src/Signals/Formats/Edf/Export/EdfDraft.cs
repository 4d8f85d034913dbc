using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>Decides what a file will be: the same again as the one that was imported, or a new one.</summary>
internal sealed class EdfDraft(
    Recording recording,
    EdfExportOptions options,
    EdfTemplate? template,
    List<string> warnings
)
{
    /// <summary>Annotations of a record beyond this go to the records after it, rather than widening all.</summary>
    private const int UsualAnnotationBytes = 1024;

    /// <summary>Of a record of a file of nothing but annotations.</summary>
    private const int AnnotationRecordBytes = 60_000;

    private const int RecordingWidth = 80;

    public required IReadOnlyList<StreamRuns> Runs { get; init; }

    public required IReadOnlyList<PlannedSignal> Signals { get; init; }

    /// <summary>Null for a file of nothing but annotations.</summary>
    public required RecordGrid? Grid { get; init; }

    public required IReadOnlyList<EdfAnnotation> Annotations { get; init; }

    /// <exception cref="ExportRefusedException">The variant that was asked for cannot hold it.</exception>
    public EdfExportPlan Finish(RecordingReader reader)
    {
        var began = Began();
        var grid = Grid ?? AnnotationGrid();
        bool sameStart = template is not null && began == (template.Header.StartTime ?? EdfStartTime.Unknown);
        if (sameStart && Again(reader, grid) is { } again)
        {
            return again;
        }
        var (start, shift) = sameStart ? (began, 0m) : Rebase(began, grid.Runs[0].OnsetSeconds);
        decimal[] onsets = [.. grid.Onsets.Select(onset => onset + shift)];
        EdfAnnotation[] all =
        [
            .. Annotations.Select(annotation => annotation with { OnsetSeconds = annotation.OnsetSeconds + shift }),
            .. FilledStretches
                .Of(Runs, Grid, options)
                .Select(note => note with { OnsetSeconds = note.OnsetSeconds + shift }),
        ];
        all = [.. all.OrderBy(annotation => annotation.OnsetSeconds)];
        var variant = VariantOf(grid, start, onsets[0], all.Length);
        var (places, room) = variant == EdfVariant.Edf ? (null, 0) : Place(all, onsets);
        var header = EdfWriter.Lay(Describe(grid, variant, start), room);
        return Plan(reader, grid, header, EdfHeaderWriter.Write(header), onsets) with { Annotations = places };
    }

    private DateTime Began() =>
        recording.StartTime?.UtcDateTime is { } start
            ? DateTime.SpecifyKind(start, DateTimeKind.Unspecified)
            : EdfStartTime.Unknown;

    /// <summary>
    /// The file that was imported, to the byte of its header; null where it would no longer be true.
    /// </summary>
    private EdfExportPlan? Again(RecordingReader reader, RecordGrid grid)
    {
        var header = template!.Header;
        var sampled = header.Signals.Where(signal => !signal.IsAnnotations && signal.SamplesPerRecord > 0).ToList();
        int[] room =
        [
            .. header.Signals.Where(signal => signal.IsAnnotations).Select(signal => (int)signal.RecordBytes),
        ];
        bool same =
            header.Width == options.Width
            && (options.Variant is null || options.Variant == header.Variant)
            && !options.Fill
            && header.Signals.All(signal => signal.IsAnnotations || signal.SamplesPerRecord > 0)
            && Signals.Select(signal => signal.Signal.Index).SequenceEqual(sampled.Select(signal => signal.Index))
            && Signals.All(signal => signal.Signal.SamplesPerRecord == grid.SamplesPerRecord[signal.Stream])
            && grid.DurationSeconds == header.RecordDurationSeconds;
        decimal[] onsets = grid.OnsetsAs(template.StatedOnsets);
        bool timed = room.Length > 0 || (grid.Runs.Count == 1 && onsets[0] == 0 && Annotations.Count == 0);
        bool paused = grid.Runs.Count == 1 || header.Variant == EdfVariant.EdfPlusDiscontinuous;
        if (!same || !timed || !paused)
        {
            return null;
        }
        var places = room.Length == 0 ? null : AnnotationPlaces.TryPlace(Annotations, onsets, room);
        if (room.Length > 0 && places is null)
        {
            return null;
        }
        byte[] bytes = EdfHeaderWriter.WithRecordCount(template.HeaderBytes, grid.RecordCount);
        return Plan(reader, grid, header with { RecordCount = grid.RecordCount }, bytes, onsets) with
        {
            Annotations = places,
        };
    }

    private EdfExportPlan Plan(
        RecordingReader reader,
        RecordGrid grid,
        EdfHeader header,
        byte[] headerBytes,
        decimal[] onsets
    ) =>
        new()
        {
            Reader = reader,
            Header = header,
            HeaderBytes = headerBytes,
            Layout = new(Signals, Runs, grid, options.Fill),
            Onsets = onsets,
            Annotations = null,
            Warnings = warnings,
        };

    private RecordGrid AnnotationGrid()
    {
        long bytes = Annotations.Sum(annotation => (long)TalWriter.Annotation(annotation).Length);
        long records = Math.Max(1, (bytes / AnnotationRecordBytes) + 1);
        return template is { Header: { RateGroups.Count: 0 } header }
            ? RecordGrid.OfAnnotations(header.RecordDurationSeconds, Math.Max(1, header.RecordCount), Runs.Count)
            : RecordGrid.OfAnnotations(0, records, Runs.Count);
    }

    /// <summary>The header has whole seconds; the first record states the rest.</summary>
    private static (DateTime Start, decimal Shift) Rebase(DateTime began, decimal firstOnset)
    {
        long ticks = began.Ticks + (long)decimal.Floor(firstOnset * TimeSpan.TicksPerSecond);
        var start = new DateTime(ticks - (ticks % TimeSpan.TicksPerSecond), DateTimeKind.Unspecified);
        return (start, (began - start).Ticks / (decimal)TimeSpan.TicksPerSecond);
    }

    private EdfVariant VariantOf(RecordGrid grid, DateTime start, decimal firstOnset, int annotationCount)
    {
        bool plain =
            grid.Runs.Count == 1
            && firstOnset == 0
            && annotationCount == 0
            && Signals.Count > 0
            && HasTwoDigitYear(start);
        if (options.Variant == EdfVariant.EdfPlusContinuous && grid.Runs.Count > 1)
        {
            throw new ExportRefusedException(
                "reserved",
                $"{options.Width.Name()}+C has no gaps, and the recording has {grid.Runs.Count - 1}. Choose "
                    + $"{options.Width.Name()}+D, or fill what is missing with --fill."
            );
        }
        if (options.Variant == EdfVariant.Edf && !plain)
        {
            throw new ExportRefusedException(
                "reserved",
                $"{options.Width.Name()} without '+' has no gaps, annotations or fractions of a second. Choose "
                    + $"{options.Width.Name()}+."
            );
        }
        bool wasPlain = template is { Header.Variant: EdfVariant.Edf } && plain;
        bool wasPaused = template is { Header.Variant: EdfVariant.EdfPlusDiscontinuous };
        return options.Variant
            ?? (
                wasPlain ? EdfVariant.Edf
                : grid.Runs.Count > 1 || wasPaused ? EdfVariant.EdfPlusDiscontinuous
                : EdfVariant.EdfPlusContinuous
            );
    }

    private (AnnotationPlaces Places, int Room) Place(EdfAnnotation[] annotations, decimal[] onsets)
    {
        int usual = Signals.Count == 0 ? AnnotationRecordBytes : UsualAnnotationBytes;
        for (int room = AnnotationPlaces.RoomFor(annotations, onsets, usual); ; room *= 2)
        {
            // A whole number of samples; a multiple of 6 is one in EDF and in BDF.
            int whole = (room + 5) / 6 * 6;
            if (whole > EdfLayout.MaxRecordBytes)
            {
                throw new ExportRefusedException(
                    "annotations",
                    "They need more than 256 MiB. Export a part of the recording."
                );
            }
            if (AnnotationPlaces.TryPlace(annotations, onsets, [whole]) is { } places)
            {
                return (places, whole);
            }
        }
    }

    private EdfHeader Describe(RecordGrid grid, EdfVariant variant, DateTime start) =>
        new()
        {
            Variant = variant,
            Width = options.Width,
            Patient = Ascii(template?.Header.Patient ?? "X X X X"),
            Recording = RecordingField(variant, start),
            StartTime = start,
            RecordCount = grid.RecordCount,
            RecordDurationSeconds = grid.DurationSeconds,
            Signals =
            [
                .. Signals.Select(signal =>
                    WithPrintable(signal.Signal) with
                    {
                        SamplesPerRecord = grid.SamplesPerRecord[signal.Stream],
                    }
                ),
            ],
        };

    private string RecordingField(EdfVariant variant, DateTime start)
    {
        if (template?.Header.Recording is { } text)
        {
            string[] parts = text.Split(' ');
            if (parts is [var word, _, ..] && word.Equals("Startdate", StringComparison.OrdinalIgnoreCase))
            {
                return Dated(Ascii(string.Join(' ', [EdfStartTime.Startdate(start), .. parts[2..]])));
            }
            // The two digits of the header's own date mean another century: the year stands here or nowhere.
            return variant == EdfVariant.Edf || HasTwoDigitYear(start)
                ? Ascii(text)
                : Dated(Ascii($"{EdfStartTime.Startdate(start)} X X {string.Join('_', parts)}"));
        }
        string device = string.Join(
            '_',
            $"{recording.Device.Manufacturer} {recording.Device.Model}".Split(
                ' ',
                StringSplitOptions.RemoveEmptyEntries
            )
        );
        string known = $"{EdfStartTime.Startdate(start)} X X {(device.Length == 0 ? "X" : device)}";
        bool fits = known.Length <= RecordingWidth && !known.AsSpan().ContainsAnyExceptInRange(' ', '~');
        if (!fits)
        {
            warnings.Add(
                $"recording: the device '{PrintableText.Of(device)}' does not fit its field and was left out."
            );
        }
        return variant == EdfVariant.Edf ? ""
            : fits ? known
            : $"{EdfStartTime.Startdate(start)} X X X";
    }

    private static bool HasTwoDigitYear(DateTime start) =>
        start.Year is >= EdfStartTime.FirstTwoDigitYear and <= EdfStartTime.LastTwoDigitYear;

    /// <summary>A date is longer than the X of a file without one.</summary>
    private string Dated(string text) =>
        new SignalText(options.Shorten, warnings).Fit("recording", text, RecordingWidth);

    /// <summary>Old files have bytes beyond ASCII in their texts; a header that is written anew has none.</summary>
    private EdfSignal WithPrintable(EdfSignal signal) =>
        signal with
        {
            OriginalLabel = Ascii(signal.OriginalLabel),
            Transducer = Ascii(signal.Transducer),
            Unit = Ascii(signal.Unit),
            Prefilter = Ascii(signal.Prefilter),
        };

    private string Ascii(string text) =>
        new SignalText(shorten: true, warnings).Fit("header", text, Math.Max(text.Length, 1));
}

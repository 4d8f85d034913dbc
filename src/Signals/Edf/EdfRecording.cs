using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>An annotation of a recording.</summary>
/// <param name="OnsetSeconds">Seconds from the start time in the header; exact, may be negative.</param>
/// <param name="DurationSeconds">Null where none is given.</param>
/// <param name="Text">Never empty.</param>
/// <param name="Record">The data record that holds it.</param>
public sealed record EdfAnnotation(decimal OnsetSeconds, decimal? DurationSeconds, string Text, long Record);

/// <summary>Everything about a file but its samples: the result of reading all of it once.</summary>
public sealed record EdfRecording
{
    /// <summary>More than a night of dense scoring by far; a damaged file must not fill the memory.</summary>
    private const int MaxAnnotations = 1_000_000;

    public required EdfHeader Header { get; init; }

    /// <summary>Whole records in the file.</summary>
    public required long RecordCount { get; init; }

    /// <summary>
    /// Runs of records without a gap, in order of time; empty when the file holds only annotations.
    /// </summary>
    public required IReadOnlyList<EdfSegment> Segments { get; init; }

    /// <summary>
    /// Onsets of records that differ from where the segments put them, by less than half a sample.
    /// </summary>
    internal IReadOnlyList<(long Record, decimal OnsetSeconds)> StatedOnsets { get; init; } = [];

    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<EdfAnnotation> Annotations { get; init; }

    /// <summary>Those of the Status signal of a BDF file, in order.</summary>
    public IReadOnlyList<BdfTrigger> Triggers { get; init; } = [];

    public required IReadOnlyList<RecordingWarning> Warnings { get; init; }

    /// <summary>Samples of each signal of a group in the whole file.</summary>
    public long SampleCount(EdfRateGroup group) => RecordCount * group.SamplesPerRecord;

    /// <summary>
    /// The sample of a group at, or nearest to, an instant; an instant in a gap belongs to the last sample before it.
    /// </summary>
    /// <param name="group">The group whose samples are counted.</param>
    /// <param name="onsetSeconds">Seconds from the start time in the header.</param>
    public long SampleIndexAt(EdfRateGroup group, decimal onsetSeconds)
    {
        int at = SortedSearch.LastIndex(Segments, segment => segment.OnsetSeconds <= onsetSeconds);
        if (at < 0)
        {
            return 0;
        }
        var segment = Segments[at];
        long first = segment.FirstRecord * group.SamplesPerRecord;
        long last = first + (segment.RecordCount * group.SamplesPerRecord) - 1;
        decimal index = Math.Round(
            (onsetSeconds - segment.OnsetSeconds) / group.RecordDurationSeconds * group.SamplesPerRecord
        );
        return index > last - first ? last : first + (long)index;
    }

    /// <summary>When a sample of a group was taken, in seconds from the start time in the header.</summary>
    public decimal OnsetOf(EdfRateGroup group, long sample)
    {
        long record = sample / group.SamplesPerRecord;
        var segment = Segments[SortedSearch.LastIndex(Segments, segment => segment.FirstRecord <= record)];
        return segment.OnsetSeconds + ((sample - (segment.FirstRecord * group.SamplesPerRecord)) / group.RateHz);
    }

    /// <summary>Reads and checks the whole file, one record at a time.</summary>
    /// <param name="stream">The file from its first byte; seekable, and the caller's to dispose.</param>
    /// <exception cref="RecordingFormatException">The file cannot be imported; see docs/edf-import.md.</exception>
    public static async Task<EdfRecording> ScanAsync(Stream stream, CancellationToken cancellationToken)
    {
        var reader = await EdfReader.OpenAsync(stream, cancellationToken);
        var scan = new Scan(reader.Header, reader.Warnings);
        await foreach (var record in reader.ReadRecordsAsync(0, cancellationToken))
        {
            scan.Add(record);
        }
        return new EdfRecording
        {
            Header = reader.Header,
            RecordCount = reader.RecordCount,
            Segments = scan.Timeline.Segments,
            StatedOnsets = scan.Timeline.StatedOnsets,
            Annotations = scan.Annotations,
            Triggers = scan.Status?.Triggers ?? [],
            Warnings = reader.Warnings.ToList(),
        };
    }

    private sealed class Scan(EdfHeader header, RecordingWarnings warnings)
    {
        private readonly EdfSignal[] annotationSignals = [.. header.Signals.Where(signal => signal.IsAnnotations)];
        private readonly bool hasSamples = header.RateGroups.Count > 0;
        private readonly List<Tal> tals = [];

        public EdfTimeline Timeline { get; } = new(header, warnings);

        public List<EdfAnnotation> Annotations { get; } = [];

        public BdfStatus? Status { get; } = BdfStatus.Of(header, warnings);

        public void Add(EdfRecord record)
        {
            decimal? onset = null;
            long offset = record.Offset;
            for (int i = 0; i < annotationSignals.Length; i++)
            {
                var signal = annotationSignals[i];
                long start = record.Offset + signal.OffsetInRecord;
                TalReader.Read(record.Bytes(signal), start, warnings, tals);
                if (i == 0)
                {
                    (onset, offset) = (ReadOnset(record, start), start);
                }
                Keep(record.Index);
            }
            if (hasSamples)
            {
                Timeline.Add(record.Index, onset, offset);
            }
            Status?.Add(record);
        }

        /// <summary>The first list of the first annotation signal keeps the time; its first text is empty.</summary>
        private decimal? ReadOnset(EdfRecord record, long offset)
        {
            if (tals is [{ Texts: ["", ..] } first, ..])
            {
                return first.OnsetSeconds;
            }
            if (header.Variant == EdfVariant.EdfPlusDiscontinuous)
            {
                throw new RecordingFormatException(
                    $"record {record.Index}: onset",
                    offset,
                    "A record of a discontinuous file (EDF+D) does not say when it begins: its time is unknown."
                );
            }
            warnings.Add(
                RecordingWarningKind.TimekeepingMissing,
                $"record {record.Index}: onset",
                offset,
                "The record does not say when it begins; taken to follow the one before, as the file is continuous."
            );
            return null;
        }

        private void Keep(long record)
        {
            foreach (var tal in tals)
            {
                foreach (string text in tal.Texts.Where(text => text.Length > 0))
                {
                    Annotations.Add(new(tal.OnsetSeconds, tal.DurationSeconds, text, record));
                }
                if (Annotations.Count > MaxAnnotations)
                {
                    throw new RecordingFormatException(
                        "annotation",
                        tal.Offset,
                        $"More than {MaxAnnotations} annotations."
                    );
                }
            }
        }
    }
}

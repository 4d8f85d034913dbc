using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>A run of frames of a record: from one segment, or missing.</summary>
/// <param name="FirstFrame">In the record.</param>
/// <param name="Frames">How many.</param>
/// <param name="Segment">Null for a pause.</param>
/// <param name="Places">For each signal of the record its place in the segment; -1 where that has none.</param>
internal sealed record WfdbPart(long FirstFrame, long Frames, WfdbSegment? Segment, IReadOnlyList<int> Places);

/// <summary>
/// A record of one or several segments, put together. All segments must mean the same by a sample of a signal; one that
/// a segment lacks is invalid there, as WFDB has it.
/// </summary>
internal sealed class WfdbRecord(IRecordingFiles files, RecordingWarnings warnings)
{
    private readonly List<WfdbPart> parts = [];
    private readonly List<string> names = [files.MainName];

    public IReadOnlyList<WfdbPart> Parts => parts;

    /// <summary>Every file that belongs to it, the header first.</summary>
    public IReadOnlyList<string> Names => names;

    public required WfdbHeader Header { get; init; }

    /// <summary>The record's signals as their descriptions have them.</summary>
    public IReadOnlyList<WfdbSignal> Signals { get; private set; } = [];

    public long FrameCount { get; private set; }

    public static async Task<WfdbRecord> OpenAsync(
        IRecordingFiles files,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        await using var stream = files.OpenMain();
        var text = await TextLines.ReadAsync(stream, "", cancellationToken);
        var header = new WfdbHeaderReader("", warnings).Read(text);
        var record = new WfdbRecord(files, warnings) { Header = header };
        if (header.Segments.Count == 0)
        {
            record.Signals = header.Signals;
            await record.AddAsync(header, "", null, cancellationToken);
        }
        else
        {
            await record.AddSegmentsAsync(cancellationToken);
        }
        // Pauses, and segments with none of the signals, have frames too.
        return record.Parts.Any(part => part.Places.Any(place => place >= 0))
            ? record
            : throw header.RecordLine.Refuse("The record holds no sample of any signal.");
    }

    /// <summary>Files that belong to it beside its signals.</summary>
    public void AddFiles(IEnumerable<string> more) => names.AddRange(more);

    /// <summary>The packing of a signal where the record has it; that of 16 bits where it never does.</summary>
    public WfdbPacking PackingOf(int signal) =>
        parts
            .Where(part => part.Segment is not null && part.Places[signal] >= 0)
            .SelectMany(part => part.Segment!.SignalFiles.Where(file => file.Signals.Contains(part.Places[signal])))
            .Select(file => file.Packing)
            .MaxBy(packing => packing.Type)
        ?? WfdbPacking.Find(16)!;

    private async Task AddSegmentsAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < Header.Segments.Count; i++)
        {
            var entry = Header.Segments[i];
            if (entry.IsPause)
            {
                AddPause(entry.Frames);
                continue;
            }
            var header = await ReadHeaderAsync(entry, cancellationToken);
            if (Signals.Count == 0)
            {
                Signals = header.Signals;
            }
            // The first one of no length lists the signals of all; it has no samples.
            if (i > 0 || entry.Frames > 0)
            {
                await AddAsync(header, $"{entry.Name.Text}.hea", entry, cancellationToken);
            }
        }
    }

    private async Task AddAsync(
        WfdbHeader header,
        string name,
        WfdbSegmentEntry? entry,
        CancellationToken cancellationToken
    )
    {
        var segment = await WfdbSegment.OpenAsync(header, files, warnings, cancellationToken);
        await WfdbChecksums.VerifyAsync(segment, name, warnings, cancellationToken);
        names.AddRange(segment.SignalFiles.Select(file => file.Name).Where(file => !names.Contains(file)));
        long frames = Math.Min(segment.FrameCount, entry?.Frames ?? long.MaxValue);
        if (frames > 0)
        {
            parts.Add(new(FrameCount, frames, segment, [.. Signals.Select((_, i) => PlaceOf(i, header, entry))]));
            FrameCount += frames;
        }
        AddPause((entry?.Frames ?? frames) - frames);
    }

    private void AddPause(long frames)
    {
        if (frames > 0)
        {
            parts.Add(new(FrameCount, frames, null, []));
            FrameCount += frames;
        }
    }

    private async Task<WfdbHeader> ReadHeaderAsync(WfdbSegmentEntry entry, CancellationToken cancellationToken)
    {
        string name = $"{entry.Name.Text}.hea";
        await using var stream = files.OpenCompanion(name, entry.Name.Name, entry.Name.Offset);
        var header = new WfdbHeaderReader(name, warnings).Read(
            await TextLines.ReadAsync(stream, name, cancellationToken)
        );
        if (header.Segments.Count > 0)
        {
            throw entry.Name.Refuse($"'{name}' has segments itself, which the format does not allow.");
        }
        if (header.FrameRate != Header.FrameRate)
        {
            throw entry.Name.Refuse($"'{name}' has another rate ({header.FrameRate}). Import each segment by itself.");
        }
        names.Add(name);
        return header;
    }

    /// <summary>
    /// A record whose first segment has samples is of fixed layout: every segment has the same signals in the same
    /// places, whatever they are called. Otherwise each segment has some of those that the first one lists, and they
    /// are found by their descriptions: of several with the same one, each in its turn.
    /// </summary>
    private int PlaceOf(int index, WfdbHeader header, WfdbSegmentEntry? entry)
    {
        var signal = Signals[index];
        bool isFixed = entry is null || (Header.Segments[0].Frames > 0 && header.Signals.Count == Signals.Count);
        int place = isFixed ? index : PlaceByDescription(index, header.Signals);
        bool hasSamples = place >= 0 && header.Signals[place].HasSamples;
        if (hasSamples && entry is not null && !header.Signals[place].IsCalibratedAs(signal))
        {
            throw entry.Name.Refuse(
                $"Its signal '{signal.Description}' has another gain, baseline or unit than in the segments before. "
                    + "Import each segment by itself."
            );
        }
        return hasSamples ? place : -1;
    }

    private int PlaceByDescription(int index, IReadOnlyList<WfdbSignal> candidates)
    {
        string wanted = Signals[index].Description;
        int turn = Signals.Take(index).Count(signal => signal.Description == wanted);
        return Enumerable
            .Range(0, candidates.Count)
            .Where(place => candidates[place].Description == wanted)
            .Skip(turn)
            .FirstOrDefault(-1);
    }
}

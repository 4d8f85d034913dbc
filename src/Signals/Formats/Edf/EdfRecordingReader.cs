using System.Runtime.CompilerServices;
using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf;

/// <summary>
/// Reads the samples of one rate of a file. Short records are gathered: a piece is a whole number of records of about a
/// quarter of a MiB, or one longer record.
/// </summary>
internal sealed class EdfRecordingReader(IRecordingFiles files, Recording recording, EdfRecording scanned)
    : RecordingReader(recording, [files.MainName])
{
    private const int PieceBytes = 256 << 10;

    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (firstSample >= Recording.Streams[stream].SampleCount)
        {
            yield break;
        }
        var group = scanned.Header.RateGroups[stream];
        await using var file = files.OpenMain();
        var reader = await EdfReader.OpenAsync(file, cancellationToken);
        if (reader.RecordCount != scanned.RecordCount)
        {
            throw new RecordingFormatException("data records", 0, "The file was changed while it was read. Try again.");
        }
        int records = (int)Math.Clamp(PieceBytes / scanned.Header.RecordBytes, 1, 1 << 16);
        // A resumed import may begin in the middle of a record.
        var (firstRecord, skipped) = Math.DivRem(firstSample, group.SamplesPerRecord);
        var gathered = new GatheredRecords(group, records);
        await foreach (var record in reader.ReadRecordsAsync(firstRecord, cancellationToken))
        {
            gathered.Add(record);
            if (gathered.IsFull || record.Index == scanned.RecordCount - 1)
            {
                yield return Piece(group, gathered, (int)skipped);
                gathered.Clear();
                skipped = 0;
            }
        }
    }

    private SamplePiece Piece(EdfRateGroup group, GatheredRecords gathered, int skipped)
    {
        var (first, count, planar) = gathered.Take(skipped);
        return new(first, count) { Groups = [planar], Anchors = Anchors(group, first, first + count) };
    }

    /// <summary>
    /// The first and last sample of each segment, where there are several: between anchors time runs evenly, so a gap
    /// lies exactly between the last sample before it and the first one after it.
    /// </summary>
    private RecordedAnchor[] Anchors(EdfRateGroup group, long from, long to)
    {
        if (scanned.Segments.Count < 2)
        {
            return [];
        }
        long record = from / group.SamplesPerRecord;
        var touched = scanned
            .Segments.Skip(SortedSearch.LastIndex(scanned.Segments, segment => segment.FirstRecord <= record))
            .TakeWhile(segment => segment.FirstRecord * group.SamplesPerRecord < to);
        return [.. touched.SelectMany(Ends).Where(anchor => anchor.Sample >= from && anchor.Sample < to)];

        IEnumerable<RecordedAnchor> Ends(EdfSegment segment)
        {
            long first = segment.FirstRecord * group.SamplesPerRecord;
            long samples = segment.RecordCount * group.SamplesPerRecord;
            yield return new(first, segment.OnsetSeconds);
            if (samples > 1)
            {
                yield return new(first + samples - 1, segment.OnsetSeconds + ((samples - 1) / group.RateHz));
            }
        }
    }
}

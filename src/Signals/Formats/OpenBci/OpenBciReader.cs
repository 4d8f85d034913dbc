using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Formats.OpenBci;

/// <summary>Reads all columns that are numbers, with the gaps between rows.</summary>
internal sealed class OpenBciReader(
    IRecordingFiles files,
    Recording recording,
    OpenBciHeader header,
    OpenBciCounter counter
) : RecordingReader(recording, [files.MainName])
{
    private const int PieceRows = 4096;

    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var file = files.OpenMain();
        var walk = new OpenBciWalk(header, counter.Copy(), new(header, file, null));
        int[] columns = [.. Enumerable.Range(0, header.Columns.Count).Where(i => header.Columns[i] is not null)];
        double[] planar = new double[PieceRows * columns.Length];
        var (first, count) = (firstSample, 0);
        while (await walk.NextAsync(cancellationToken))
        {
            long gapFrom = Math.Max(firstSample, walk.Sample - walk.Lost);
            bool hasGap = gapFrom < walk.Sample;
            if (count > 0 && (hasGap || count == PieceRows))
            {
                yield return Piece(first, planar, count, columns.Length);
                (first, count) = (first + count, 0);
            }
            if (hasGap)
            {
                yield return new(gapFrom, walk.Sample - gapFrom)
                {
                    Gap = RecordedGapCause.DeviceCounterJump,
                    Note = $"The board's number is {walk.Rows.SampleNumber} after it.",
                };
                first = walk.Sample;
            }
            if (walk.Sample < firstSample)
            {
                continue;
            }
            for (int i = 0; i < columns.Length; i++)
            {
                planar[(i * PieceRows) + count] = walk.Rows.Values[columns[i]];
            }
            count++;
        }
        if (count > 0)
        {
            yield return Piece(first, planar, count, columns.Length);
        }
    }

    private static SamplePiece Piece(long first, double[] planar, int count, int channels)
    {
        byte[] bytes = new byte[count * channels * sizeof(double)];
        for (int channel = 0; channel < channels; channel++)
        {
            Buffer.BlockCopy(
                planar,
                channel * PieceRows * sizeof(double),
                bytes,
                channel * count * sizeof(double),
                count * sizeof(double)
            );
        }
        return new(first, count) { Groups = [bytes] };
    }
}

using System.Runtime.CompilerServices;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>Reads the samples of one stream: walks all chunks, and opens those of the stream.</summary>
internal sealed class XdfReader(IRecordingFiles files, Recording recording, IReadOnlyList<XdfSource> sources)
    : RecordingReader(recording, [files.MainName])
{
    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var source = sources[stream];
        if (source.Columns.Count == 0 || firstSample >= source.SampleCount)
        {
            yield break;
        }
        await using var file = files.OpenMain();
        var rows = new XdfRows(source, firstSample);
        var bytes = new XdfBytes(file);
        await foreach (var (chunk, samples) in ChunksAsync(bytes, source.Header, cancellationToken))
        {
            while (rows.Next < source.SampleCount && await samples.NextAsync(cancellationToken))
            {
                rows.Add(samples, chunk.Offset);
                if (rows.IsFull)
                {
                    yield return rows.Take();
                }
            }
        }
        if (rows.Count > 0)
        {
            yield return rows.Take();
        }
        if (rows.Next != source.SampleCount)
        {
            throw new RecordingFormatException("samples", 0, "The file was changed while it was read. Try again.");
        }
    }

    private static async IAsyncEnumerable<(XdfChunk Chunk, XdfSamples Samples)> ChunksAsync(
        XdfBytes bytes,
        XdfHeader header,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        bytes.MoveTo(XdfChunks.Magic.Length);
        var chunks = new XdfChunks(bytes);
        while (await chunks.NextAsync(cancellationToken) is { } chunk)
        {
            bool isSamples = chunk.Tag == XdfTag.Samples && chunk.Offset > header.Offset;
            if (isSamples && await bytes.EnsureAsync(sizeof(uint), cancellationToken))
            {
                if (BitConverter.ToUInt32(bytes.Take(sizeof(uint))) == header.Id)
                {
                    yield return (chunk, await XdfSamples.BeginAsync(bytes, header, chunk, cancellationToken));
                }
            }
            if (chunk.End > bytes.Length)
            {
                break;
            }
            bytes.MoveTo(chunk.End);
        }
    }
}

/// <summary>Gathers samples into a piece and puts one channel behind the other.</summary>
internal sealed class XdfRows
{
    private const int PieceBytes = 256 << 10;

    private readonly XdfSource source;
    private readonly long firstSample;
    private readonly XdfAnchors anchors;
    private readonly XdfTimes times;
    private readonly int rowBytes;
    private readonly int sampleBytes;
    private readonly byte[] rows;
    private readonly byte[] planar;
    private readonly List<RecordedAnchor> found = [];

    public XdfRows(XdfSource source, long firstSample)
    {
        this.source = source;
        this.firstSample = firstSample;
        (anchors, times) = (new(source), new(source.Header));
        rowBytes = source.Header.ChannelCount * XdfColumns.ValueBytes(source.Header.Format);
        sampleBytes = source.Columns[0].Raw.Type.SizeBytes();
        Capacity = Math.Clamp(PieceBytes / rowBytes, 1, 1 << 16);
        rows = new byte[Capacity * rowBytes];
        planar = new byte[Capacity * source.Columns.Count * sampleBytes];
    }

    /// <summary>Index of the next sample of the stream.</summary>
    public long Next { get; private set; }

    /// <summary>How many are gathered.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    private int Capacity { get; }

    public void Add(XdfSamples samples, long fileOffset)
    {
        double seconds = times.Next(samples.Stamp);
        anchors.Add(Next, seconds, samples.Stamp is not null, fileOffset, found);
        var row = samples.TakeRow();
        if (Next >= firstSample)
        {
            row.CopyTo(rows.AsSpan(Count * rowBytes));
            Count++;
        }
        Next++;
    }

    public SamplePiece Take()
    {
        for (int column = 0; column < source.Columns.Count; column++)
        {
            var (from, raw, _) = source.Columns[column];
            for (int i = 0; i < Count; i++)
            {
                var value = rows.AsSpan((i * rowBytes) + (from * raw.Bytes), raw.Bytes);
                var target = planar.AsSpan(((column * Count) + i) * sampleBytes, sampleBytes);
                if (raw.Convert is { } convert)
                {
                    convert(value, target);
                }
                else
                {
                    value.CopyTo(target);
                }
            }
        }
        long first = Next - Count;
        // A jump is seen one sample late, when the piece before may be gone.
        var piece = new SamplePiece(first, Count)
        {
            Groups = [planar.AsMemory(0, Count * source.Columns.Count * sampleBytes)],
            Anchors = [.. found.Where(anchor => anchor.Sample >= first - 1)],
        };
        found.Clear();
        Count = 0;
        return piece;
    }
}

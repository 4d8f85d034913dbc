using System.Runtime.InteropServices;

namespace Dendrite.Signals.Edf;

/// <summary>Writes an EDF or EDF+ file, record by record. The caller owns the stream.</summary>
public sealed class EdfWriter
{
    private readonly Stream stream;
    private readonly EdfHeader header;
    private readonly byte[] record;
    private long written;

    private EdfWriter(Stream stream, EdfHeader header)
    {
        this.stream = stream;
        this.header = header;
        record = new byte[header.RecordBytes];
    }

    /// <summary>
    /// A header for signals that the writer lays out: gives them their places in a record and, for EDF+, adds an
    /// annotation signal.
    /// </summary>
    /// <param name="header">
    /// Signals with their samples per record; places and annotation signal are filled in here.
    /// </param>
    /// <param name="annotationBytes">
    /// Room for annotations in each record, a multiple of a sample's bytes; 0 for plain EDF and BDF.
    /// </param>
    public static EdfHeader Lay(EdfHeader header, int annotationBytes)
    {
        var signals = header.Signals.ToList();
        if (annotationBytes > 0)
        {
            signals.Add(
                new EdfSignal
                {
                    Index = signals.Count,
                    Label = header.Width.AnnotationLabel(),
                    OriginalLabel = header.Width.AnnotationLabel(),
                    Calibration = new(-1, 1, header.Width.Min(), header.Width.Max()),
                    SamplesPerRecord = annotationBytes / (int)header.Width,
                    IsAnnotations = true,
                }
            );
        }
        long offset = 0;
        for (int i = 0; i < signals.Count; i++)
        {
            signals[i] = signals[i] with { Index = i, OffsetInRecord = offset, Width = header.Width };
            offset += signals[i].RecordBytes;
        }
        return header with { Signals = signals };
    }

    /// <summary>Writes the header.</summary>
    /// <param name="stream">Where the file goes.</param>
    /// <param name="header">
    /// From <see cref="Lay"/>; its record count is the number of records that will be written.
    /// </param>
    /// <exception cref="ArgumentException">A value does not fit its field.</exception>
    public static async Task<EdfWriter> CreateAsync(
        Stream stream,
        EdfHeader header,
        CancellationToken cancellationToken
    )
    {
        await stream.WriteAsync(EdfHeaderWriter.Write(header), cancellationToken);
        return new(stream, header);
    }

    /// <summary>Writes a header that was laid out before, such as a file's own.</summary>
    internal static async Task<EdfWriter> CreateAsync(
        Stream stream,
        EdfHeader header,
        ReadOnlyMemory<byte> headerBytes,
        CancellationToken cancellationToken
    )
    {
        await stream.WriteAsync(headerBytes, cancellationToken);
        return new(stream, header);
    }

    /// <summary>Writes the next record of an EDF file.</summary>
    /// <param name="samples">For each ordinary signal in order, its samples per record.</param>
    /// <param name="annotations">Those to keep in this record.</param>
    /// <param name="onsetSeconds">
    /// When the record begins; null for right after the one before. Ignored in plain EDF.
    /// </param>
    /// <exception cref="ArgumentException">Too few samples, or more annotations than their signal holds.</exception>
    public Task WriteRecordAsync(
        IReadOnlyList<ReadOnlyMemory<short>> samples,
        IReadOnlyList<EdfAnnotation> annotations,
        decimal? onsetSeconds,
        CancellationToken cancellationToken
    ) =>
        WriteRecordAsync(
            [.. samples.Select(signal => (ReadOnlyMemory<byte>)MemoryMarshal.AsBytes(signal.Span).ToArray())],
            annotations,
            onsetSeconds,
            cancellationToken
        );

    /// <summary>Writes the next record of an EDF or BDF file.</summary>
    /// <param name="samples">
    /// For each ordinary signal in order, the bytes of its samples per record, little-endian.
    /// </param>
    /// <param name="annotations">Those to keep in this record.</param>
    /// <param name="onsetSeconds">
    /// When the record begins; null for right after the one before. Ignored in plain EDF.
    /// </param>
    /// <exception cref="ArgumentException">Too few samples, or more annotations than their signal holds.</exception>
    public Task WriteRecordAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> samples,
        IReadOnlyList<EdfAnnotation> annotations,
        decimal? onsetSeconds,
        CancellationToken cancellationToken
    )
    {
        decimal onset = onsetSeconds ?? (written * header.RecordDurationSeconds);
        return WriteRecordAsync(samples, [Lists(annotations, onset)], cancellationToken);
    }

    /// <summary>Writes the next record, its annotation signals given as bytes.</summary>
    /// <param name="samples">
    /// For each ordinary signal in order, the bytes of its samples per record, little-endian.
    /// </param>
    /// <param name="annotations">
    /// For each annotation signal in order, the lists that it holds, one after the other, timekeeping included.
    /// </param>
    /// <exception cref="ArgumentException">Too few samples, or more annotations than their signal holds.</exception>
    internal async Task WriteRecordAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> samples,
        IReadOnlyList<ReadOnlyMemory<byte>> annotations,
        CancellationToken cancellationToken
    )
    {
        Array.Clear(record);
        var (nextSamples, nextAnnotations) = (0, 0);
        foreach (var signal in header.Signals)
        {
            var place = record.AsSpan((int)signal.OffsetInRecord, (int)signal.RecordBytes);
            if (!signal.IsAnnotations)
            {
                samples[nextSamples++].Span[..place.Length].CopyTo(place);
                continue;
            }
            var lists = nextAnnotations < annotations.Count ? annotations[nextAnnotations++] : default;
            if (lists.Length > place.Length)
            {
                throw new ArgumentException(
                    $"{lists.Length} bytes of annotations; a record has room for {place.Length}.",
                    nameof(annotations)
                );
            }
            lists.Span.CopyTo(place);
        }
        await stream.WriteAsync(record, cancellationToken);
        written++;
    }

    private static byte[] Lists(IReadOnlyList<EdfAnnotation> annotations, decimal onset) =>
        [.. TalWriter.Timekeeping(onset), .. annotations.SelectMany(TalWriter.Annotation)];
}

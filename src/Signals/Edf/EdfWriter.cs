using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

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
    public async Task WriteRecordAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> samples,
        IReadOnlyList<EdfAnnotation> annotations,
        decimal? onsetSeconds,
        CancellationToken cancellationToken
    )
    {
        Array.Clear(record);
        int next = 0;
        foreach (var signal in header.Signals)
        {
            var place = record.AsSpan((int)signal.OffsetInRecord, (int)signal.RecordBytes);
            if (signal.IsAnnotations)
            {
                WriteAnnotations(place, annotations, onsetSeconds ?? (written * header.RecordDurationSeconds));
            }
            else
            {
                samples[next++].Span[..place.Length].CopyTo(place);
            }
        }
        await stream.WriteAsync(record, cancellationToken);
        written++;
    }

    private static void WriteAnnotations(Span<byte> place, IReadOnlyList<EdfAnnotation> annotations, decimal onset)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Signed(onset)}\x14\x14\0");
        foreach (var annotation in annotations)
        {
            text.Append(Signed(annotation.OnsetSeconds));
            if (annotation.DurationSeconds is { } duration)
            {
                text.Append(CultureInfo.InvariantCulture, $"\x15{duration}");
            }
            text.Append(CultureInfo.InvariantCulture, $"\x14{annotation.Text}\x14\0");
        }
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (bytes.Length > place.Length)
        {
            throw new ArgumentException(
                $"{bytes.Length} bytes of annotations; a record has room for {place.Length}.",
                nameof(annotations)
            );
        }
        bytes.CopyTo(place);
    }

    private static string Signed(decimal seconds) =>
        seconds.ToString("+0.###########;-0.###########", CultureInfo.InvariantCulture);
}

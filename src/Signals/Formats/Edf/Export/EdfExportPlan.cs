using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>A file that can be written: all of it but its samples.</summary>
public sealed record EdfExportPlan
{
    public required EdfHeader Header { get; init; }

    /// <summary>What the file does not say that the recording does.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Of the whole file.</summary>
    public long FileBytes => Header.HeaderBytes + (Layout.Grid.RecordCount * Header.RecordBytes);

    internal RecordingReader Reader { get; init; } = null!;

    internal byte[] HeaderBytes { get; init; } = [];

    internal EdfLayoutPlan Layout { get; init; } = null!;

    /// <summary>When each record begins.</summary>
    internal decimal[] Onsets { get; init; } = [];

    /// <summary>Null in files that have none.</summary>
    internal AnnotationPlaces? Annotations { get; init; }

    /// <summary>
    /// Writes the file from its first byte to its last; nothing is sought. Memory is one record and a piece of each
    /// stream.
    /// </summary>
    /// <param name="target">Where it goes; the caller's to flush and dispose.</param>
    /// <param name="progress">Told how many bytes were written; null for nobody.</param>
    /// <param name="cancellationToken">Stops it, leaving a part of the file.</param>
    /// <exception cref="ExportRefusedException">A sample does not fit.</exception>
    public async Task WriteAsync(Stream target, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var writer = await EdfWriter.CreateAsync(target, Header, HeaderBytes, cancellationToken);
        await using var records = new RecordAssembler(Reader, Layout, cancellationToken);
        for (long record = 0; record < Layout.Grid.RecordCount; record++)
        {
            await records.FillAsync(record);
            ReadOnlyMemory<byte>[] lists = Annotations is null ? [] : [Annotations.Of(record, Onsets[record])];
            await writer.WriteRecordAsync(records.Samples, lists, cancellationToken);
            progress?.Report(Header.HeaderBytes + ((record + 1) * Header.RecordBytes));
        }
    }
}

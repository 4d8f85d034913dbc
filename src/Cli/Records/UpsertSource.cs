using System.Runtime.CompilerServices;
using Dendrite.Cli.Hosting;
using Dendrite.Contracts.Cells;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.Records.Reading;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using BadRow = Dendrite.Records.Reading.BadRow;

namespace Dendrite.Cli.Records;

/// <summary>
/// The records of a file, checked here against the dataset's columns, so that what is wrong is said by line and column
/// of the file and before anything is written.
/// </summary>
internal sealed class UpsertSource : IAsyncDisposable
{
    /// <summary>More are counted by nobody: a file of another table has one in every row.</summary>
    private const int MaxBadRows = 1_000;

    private readonly FileStream file;
    private readonly RecordSource records;
    private readonly List<BadRow> badRows = [];

    /// <summary>As many as the service keeps, too.</summary>
    private readonly Dictionary<ByteString, long> lineOfKey = [];

    private UpsertSource(string path, FileStream file, RecordSource records) =>
        (Name, this.file, this.records) = (Path.GetFileName(path), file, records);

    public string Name { get; }

    /// <summary>Of the file, in bytes; null of a pipe, which does not say.</summary>
    public long? Length => file.CanSeek ? file.Length : null;

    /// <summary>How far the file was read, in bytes; 0 of a pipe.</summary>
    public long Position => file.CanSeek ? file.Position : 0;

    public IReadOnlyList<BadRow> BadRows => badRows;

    /// <summary>Whether there was nothing in it, not even a line that names the columns.</summary>
    public bool IsEmpty { get; private set; }

    /// <exception cref="CliException">The options say no way in which a file can be written.</exception>
    public static UpsertSource Open(string path, FileStream file, Dataset dataset, CsvOptions csv)
    {
        var definition = DatasetReader.Read(dataset);
        RecordSource records =
            DocumentOptions.FormatOf(path) == RecordFormat.JsonLines
                ? new JsonLinesRecordSource(file, definition)
                : new CsvRecordSource(file, definition, DocumentOptions.ToFormat(csv));
        return new(path, file, records);
    }

    /// <summary>
    /// The records in batches; after the first bad row no more, while the rest of the file is still looked through.
    /// </summary>
    public async IAsyncEnumerable<UpsertBatch> ReadAsync(
        int maxRecords,
        int maxBytes,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (batch, bytes) = (new UpsertBatch(), 0);
        IsEmpty = records is JsonLinesRecordSource;
        while (badRows.Count < MaxBadRows && await records.ReadAsync(cancellationToken))
        {
            IsEmpty = false;
            badRows.AddRange(records.BadRows);
            if (records.BadRows.Count == 0)
            {
                badRows.AddRange([.. RepeatedOf(records.Current), .. RoundedOf(records.Current)]);
            }

            if (badRows.Count > 0)
            {
                continue;
            }

            var values = ToStruct(records.Current);
            batch.Records.Add(values);
            bytes += values.CalculateSize();
            if (batch.Records.Count == maxRecords || bytes >= maxBytes)
            {
                yield return batch;
                (batch, bytes) = (new UpsertBatch(), 0);
            }
        }

        if (batch.Records.Count > 0 && badRows.Count == 0)
        {
            yield return batch;
        }
    }

    public async ValueTask DisposeAsync()
    {
        records.Dispose();
        await file.DisposeAsync();
    }

    private static Struct ToStruct(RecordCells cells)
    {
        var values = new Struct();
        for (var i = 0; i < cells.Values.Length; i++)
        {
            values.Fields[cells.Definition.Columns[i].Name] = ValueMapper.ToExactValue(cells.Values[i]);
        }

        return values;
    }

    // The service would say so of a place in a message, which nobody finds in a file.
    private IEnumerable<BadRow> RepeatedOf(RecordCells cells)
    {
        var key = UnsafeByteOperations.UnsafeWrap(cells.EncodeKey());
        if (!lineOfKey.TryAdd(key, records.Line))
        {
            var id = RecordId.Format(cells.KeyValues().AsSpan());
            var problem = $"brings record {id}, which line {lineOfKey[key]} brings already; bring each record once";
            yield return new(records.Line, "", problem);
        }
    }

    // Other numbers travel as texts; those within JSON do not.
    private IEnumerable<BadRow> RoundedOf(RecordCells cells)
    {
        for (var i = 0; i < cells.Values.Length; i++)
        {
            if (cells.Values[i] is { } value && !ValueMapper.IsExact(value))
            {
                yield return new(
                    records.Line,
                    cells.Definition.Columns[i].Name,
                    "holds a number with more digits than binary64 keeps; write it as a string, or use 'record load', "
                        + "which keeps them"
                );
            }
        }
    }
}

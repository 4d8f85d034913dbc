using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Reading;

namespace Dendrite.IngestService.Records;

/// <summary>The records of a document or of a stream of batches, each key once, in bounded memory.</summary>
internal sealed class LoadedRows(Dataset dataset)
{
    private readonly Dictionary<ReadOnlyMemory<byte>, long> lineOfKey = new(KeyComparer.Instance);
    private readonly List<PlannedWrite> rows = [];
    private long cells;

    /// <summary>By whose columns the rows were read.</summary>
    public Dataset Dataset { get; } = dataset;

    public IReadOnlyList<PlannedWrite> Rows => rows;

    public LoadReport Report { get; } = new();

    /// <summary>Where and why the document could not be read to its end; null where it could.</summary>
    public BadRow? Unreadable { get; private set; }

    public bool Contains(ReadOnlyMemory<byte> key) => lineOfKey.ContainsKey(key);

    /// <summary>Reads a whole document.</summary>
    public async Task ReadAsync(RecordSource source, CancellationToken cancellationToken)
    {
        while (await source.ReadAsync(cancellationToken))
        {
            if (source.BadRows.Count == 0)
            {
                Add(source.Current, source.Line);
                continue;
            }

            foreach (var bad in source.BadRows)
            {
                Report.Add(bad);
            }

            if (source.IsUnreadable)
            {
                Unreadable = source.BadRows[^1];
            }
        }
    }

    /// <summary>Adds a record; a key that is there already is reported.</summary>
    /// <param name="line">Where it stands, from 1.</param>
    /// <param name="path">A proto path where the request has it as a message.</param>
    /// <exception cref="DendriteException">QUOTA_EXCEEDED.</exception>
    public void Add(RecordCells record, long line, string? path = null)
    {
        var key = record.EncodeKey();
        if (!lineOfKey.TryAdd(key, line))
        {
            var id = PlannedWrite.IdOf(Dataset, key);
            var problem = $"brings record {id}, which line {lineOfKey[key]} brings already; bring each record once";
            Report.Add(new(line, "", problem));
            return;
        }

        cells += key.Length;
        foreach (var value in record.Values)
        {
            cells += WriteLimits.SizeOf(value);
        }

        if (rows.Count >= WriteLimits.MaxLoaded || cells > WriteLimits.MaxLoadedBytes)
        {
            throw new DendriteException(
                ErrorReason.QuotaExceeded,
                $"A call brings at most {WriteLimits.MaxLoaded} records or {WriteLimits.MaxLoadedBytes >> 20} MiB in"
                    + $" memory ({WriteLimits.CellBytes} bytes for a cell, besides what its text or digits take), and"
                    + $" this one brings more from record {rows.Count + 1} on: split it."
            );
        }

        rows.Add(new(Dataset, key, record) { Line = line, Path = path });
    }
}

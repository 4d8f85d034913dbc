using Dendrite.Storage.Records;

namespace Dendrite.Storage.Merging;

public sealed partial class DivergedRows
{
    /// <summary>
    /// What stands for all that either side wrote of datasets beyond the base, their definitions and their records: the
    /// same exactly as long as nothing more is written. Nothing for those that nobody wrote to. At most one round trip;
    /// reads no document.
    /// </summary>
    public Task<IReadOnlyDictionary<long, string>> DigestDatasetsAsync(
        DivergedView view,
        IReadOnlyCollection<long> datasets,
        CancellationToken cancellationToken
    ) => DigestAsync(view, "dataset_id", [VersionedTable.Dataset.Name, "records.row"], datasets, cancellationToken);

    /// <summary>The same of streams: samples, descriptors and what belongs to them.</summary>
    public Task<IReadOnlyDictionary<long, string>> DigestStreamsAsync(
        DivergedView view,
        IReadOnlyCollection<long> streams,
        CancellationToken cancellationToken
    ) =>
        DigestAsync(
            view,
            "stream_id",
            [.. VersionedTable.OfSignals.Select(table => table.Name), "signals.append"],
            streams,
            cancellationToken
        );

    /// <summary>
    /// Rows are never changed, and a commit is seen whole: which commits wrote to it says what was written.
    /// </summary>
    private async Task<IReadOnlyDictionary<long, string>> DigestAsync(
        DivergedView view,
        string key,
        IReadOnlyList<string> tables,
        IReadOnlyCollection<long> ids,
        CancellationToken cancellationToken
    )
    {
        if (ids.Count == 0)
        {
            return new Dictionary<long, string>();
        }

        await using var batch = view.CreateBatch(database);
        var written = tables.SelectMany(table =>
            new[] { WrittenTo(table, "source", 1), WrittenTo(table, "target", 2) }
        );
        DivergedRecords
            .Bind(
                batch.Add(
                    $"""
                    SELECT written.id, encode(sha256(convert_to(
                        string_agg(written.side || ' ' || written.version, ',' ORDER BY written.side, written.version),
                        'UTF8')), 'hex')
                    FROM ({string.Join(" UNION ", written)}) AS written
                    GROUP BY written.id
                    """
                ),
                view
            )
            .With("ids", ids.ToArray());
        var rows = await batch.ReadRowsAsync(row => (Id: row.GetInt64(0), Digest: row.GetString(1)), cancellationToken);
        return rows.ToDictionary(row => row.Id, row => row.Digest);

        string WrittenTo(string table, string side, int bit) =>
            $"""
                SELECT stored.{key} AS id, {bit} AS side, stored.version
                FROM {Beyond(side)}
                JOIN {table} AS stored ON {IsBeyond}
                WHERE stored.{key} = ANY (@ids)
                """;
    }
}

using Dendrite.Storage.Comparison;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Records;

/// <summary>
/// Finds the records that two snapshots may see differently: those with rows beyond what both see. Reads nothing of
/// what neither side wrote, so its cost follows the difference and never the data. Thread-safe, except within one
/// session.
/// </summary>
/// <remarks>A key may have rows beyond the base and still read alike on both sides: written again with the same value,
/// or written back. Callers compare the documents.</remarks>
public sealed class DivergedRecords(PlatformDatabase database)
{
    private static readonly VectorNames BaseVector = new("base_");
    private static readonly VectorNames SourceVector = new("source_");
    private static readonly VectorNames TargetVector = new("target_");

    /// <summary>Every key written beyond the base, once, and by which sides.</summary>
    internal const string Touched = """
        touched AS (
            SELECT written.dataset_id, written.key, bit_or(written.side) AS sides
            FROM (
                SELECT stored.dataset_id, stored.key, 1 AS side
                FROM branching.diverged(@source_lines, @source_bases, @source_tops)
                    AS beyond (timeline_id, base_version, top_version)
                CROSS JOIN LATERAL (
                    SELECT dataset_id, key FROM records.row
                    WHERE project_id = @project AND timeline_id = beyond.timeline_id
                        AND version > beyond.base_version AND version <= beyond.top_version
                ) AS stored
                UNION ALL
                SELECT stored.dataset_id, stored.key, 2
                FROM branching.diverged(@target_lines, @target_bases, @target_tops)
                    AS beyond (timeline_id, base_version, top_version)
                CROSS JOIN LATERAL (
                    SELECT dataset_id, key FROM records.row
                    WHERE project_id = @project AND timeline_id = beyond.timeline_id
                        AND version > beyond.base_version AND version <= beyond.top_version
                ) AS stored
            ) AS written
            GROUP BY written.dataset_id, written.key
        )
        """;

    private static readonly string Rows = $"""
        WITH {Touched}
        SELECT touched.dataset_id, touched.key, touched.sides,
            base.key, base.version, base.timeline_id, base.document,
            source.key, source.version, source.timeline_id, source.document,
            target.key, target.version, target.timeline_id, target.document,
            base.shadows IS TRUE, target.shadows IS TRUE
        FROM touched
        LEFT JOIN LATERAL ({RecordSql.Winner("touched.dataset_id", "touched.key", BaseVector)}) AS base ON true
        LEFT JOIN LATERAL ({RecordSql.Winner("touched.dataset_id", "touched.key", SourceVector)}) AS source ON true
        LEFT JOIN LATERAL ({RecordSql.Winner("touched.dataset_id", "touched.key", TargetVector)}) AS target ON true
        WHERE touched.sides & @sides = @sides AND (touched.dataset_id, touched.key) > (@dataset, @key)
        ORDER BY touched.dataset_id, touched.key
        LIMIT @limit
        """;

    /// <summary>
    /// A page of the keys, by dataset and key. One round trip. Costs all of the difference for each page; use
    /// <see cref="StreamAsync"/> to go through all of it.
    /// </summary>
    /// <param name="sides">The sides that must have written a key; <see cref="DivergedSides.None"/>: any.</param>
    /// <param name="after">The last of the page before; null for the first page.</param>
    public async Task<IReadOnlyList<DivergedRecord>> ListAsync(
        DivergedView view,
        DivergedSides sides,
        (DatasetId Dataset, ReadOnlyMemory<byte> Key)? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = view.CreateBatch(database);
        AddRows(batch, view, sides, after, limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>
    /// All of the keys, by dataset and key, as they are taken; none is kept here. A connection is held until the
    /// enumeration ends.
    /// </summary>
    public IAsyncEnumerable<DivergedRecord> StreamAsync(
        DivergedView view,
        DivergedSides sides,
        CancellationToken cancellationToken
    ) =>
        RecordStream.ReadAsync(
            database,
            (view.Project, view.Session),
            batch => AddRows(batch, view, sides, null, null),
            Read,
            cancellationToken
        );

    /// <summary>
    /// Every row version of a dataset that the target sees beyond the base, also those that newer ones have replaced,
    /// in no order, as they are taken. A connection is held until the enumeration ends.
    /// </summary>
    public IAsyncEnumerable<StoredRecord> StreamVersionsAsync(
        DivergedView view,
        DatasetId dataset,
        CancellationToken cancellationToken
    ) =>
        RecordStream.ReadAsync(
            database,
            (view.Project, view.Session),
            batch =>
                Bind(
                        batch.Add(
                            $"""
                            SELECT {RecordSql.Columns}
                            FROM branching.diverged(@target_lines, @target_bases, @target_tops)
                                AS beyond (timeline_id, base_version, top_version)
                            JOIN records.row AS stored
                                ON stored.project_id = @project AND stored.timeline_id = beyond.timeline_id
                                AND stored.version > beyond.base_version AND stored.version <= beyond.top_version
                            WHERE stored.dataset_id = @dataset
                            """
                        ),
                        view
                    )
                    .With("dataset", dataset.Value),
            RecordSql.Read,
            cancellationToken
        );

    /// <summary>How many keys of each dataset which sides wrote. One round trip; reads no document.</summary>
    public async Task<IReadOnlyList<DivergedCount>> CountAsync(DivergedView view, CancellationToken cancellationToken)
    {
        await using var batch = view.CreateBatch(database);
        Bind(
            batch.Add($"WITH {Touched} SELECT dataset_id, sides, count(*) FROM touched GROUP BY 1, 2 ORDER BY 1, 2"),
            view
        );
        return await batch.ReadRowsAsync(
            row => new DivergedCount(new(row.GetInt64(0)), (DivergedSides)row.GetInt32(1), row.GetInt64(2)),
            cancellationToken
        );
    }

    private static void AddRows(
        ProjectBatch batch,
        DivergedView view,
        DivergedSides sides,
        (DatasetId Dataset, ReadOnlyMemory<byte> Key)? after,
        int? limit
    )
    {
        var command = Bind(batch.Add(Rows), view)
            .With("sides", (int)sides)
            .With("dataset", after?.Dataset.Value ?? 0)
            .With("key", after?.Key.ToArray() ?? [])
            .With("limit", NpgsqlDbType.Bigint, (long?)limit);
        BaseVector.Bind(command, view.Base);
        SourceVector.Bind(command, view.Source);
        TargetVector.Bind(command, view.Target);
    }

    internal static NpgsqlBatchCommand Bind(NpgsqlBatchCommand command, DivergedView view)
    {
        var source = Divergence.Of(view.Source, view.Base);
        var target = Divergence.Of(view.Target, view.Base);
        return command
            .With("project", view.Project.Value)
            .With("source_lines", source.Timelines)
            .With("source_bases", source.Bases)
            .With("source_tops", source.Tops)
            .With("target_lines", target.Timelines)
            .With("target_bases", target.Bases)
            .With("target_tops", target.Tops);
    }

    private static DivergedRecord Read(NpgsqlDataReader row)
    {
        var atBase = ReadSide(row, 3, null);
        var (source, target) = (ReadSide(row, 7, atBase), ReadSide(row, 11, atBase));
        return new(new(row.GetInt64(0)), row.GetFieldValue<byte[]>(1), atBase, source, target)
        {
            Sides = (DivergedSides)row.GetInt32(2),
            IsBaseShadowing = row.GetBoolean(15),
            IsTargetShadowing = row.GetBoolean(16),
        };
    }

    /// <param name="atBase">What stands for a side that shows the same row: it is held once.</param>
    private static StoredRecord? ReadSide(NpgsqlDataReader row, int ordinal, StoredRecord? atBase) =>
        row.IsDBNull(ordinal) ? null
        : atBase?.IsAt(new(row.GetInt64(ordinal + 1)), new(row.GetInt64(ordinal + 2))) == true ? atBase
        : RecordSql.Read(row, ordinal);
}

using System.Runtime.CompilerServices;
using Dendrite.Storage.Records;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Comparison;

/// <summary>
/// Finds the records that two snapshots may show differently, from what was written beyond their merge base and from
/// nothing else: the cost follows the difference and never the data. Thread-safe.
/// </summary>
/// <remarks>
/// A key may have rows beyond the base and still read alike on both sides: written again with the same value, or
/// written back. Callers compare the documents. A merge needs the base's document too, which
/// <see cref="DivergedRecords"/> reads; a diff does without that third of the work.
/// </remarks>
public sealed class RecordDiffStore(PlatformDatabase database)
{
    /// <summary>
    /// Rows of the first round trip: most differences are smaller, and need no transaction of several round trips.
    /// </summary>
    private const int FirstRows = 1_000;

    private static readonly VectorNames BaseVector = new("base_");
    private static readonly VectorNames FromVector = new("from_");
    private static readonly VectorNames ToVector = new("to_");

    private static readonly string Datasets = $"""
        WITH touched AS (
            SELECT DISTINCT changed.dataset_id
            FROM branching.diverged(@diverged, @bases, @tops) AS beyond (timeline_id, base, top)
            CROSS JOIN LATERAL (
                SELECT dataset_id FROM records.row
                WHERE project_id = @project AND timeline_id = beyond.timeline_id
                    AND version > beyond.base AND version <= beyond.top
                UNION ALL
                SELECT dataset_id FROM records.dataset
                WHERE project_id = @project AND timeline_id = beyond.timeline_id
                    AND version > beyond.base AND version <= beyond.top
            ) AS changed
        )
        SELECT touched.dataset_id,
            base.name, base.definition::text, base.deleted, base.version,
            old.name, old.definition::text, old.deleted, old.version,
            new.name, new.definition::text, new.deleted, new.version
        FROM touched {Newest(BaseVector, "base")} {Newest(FromVector, "old")} {Newest(ToVector, "new")}
        ORDER BY touched.dataset_id
        """;

    private static readonly string Rows = $"""
        WITH touched AS (
            SELECT DISTINCT array_position(@datasets, written.dataset_id) AS place, written.dataset_id, written.key
            FROM branching.diverged(@diverged, @bases, @tops) AS beyond (timeline_id, base, top)
            CROSS JOIN LATERAL (
                SELECT dataset_id, key FROM records.row
                WHERE project_id = @project AND timeline_id = beyond.timeline_id
                    AND version > beyond.base AND version <= beyond.top
            ) AS written
            WHERE written.dataset_id = ANY(@datasets)
        )
        SELECT next.dataset_id, next.key,
            old.key, old.version, old.timeline_id, old.document,
            new.key, new.version, new.timeline_id, new.document
        FROM (
            -- Sorted before anything is looked up: who wants a page looks up a page.
            SELECT * FROM touched WHERE (place, key) > (@after_place, @after_key)
            ORDER BY place, key LIMIT @limit
        ) AS next
        LEFT JOIN LATERAL ({RecordSql.Winner("next.dataset_id", "next.key", FromVector)}) AS old ON true
        LEFT JOIN LATERAL ({RecordSql.Winner("next.dataset_id", "next.key", ToVector)}) AS new ON true
        ORDER BY next.place, next.key
        """;

    /// <summary>
    /// The datasets with rows or definitions beyond what both sides see, by id. One round trip; looks at every such
    /// row, and at no document.
    /// </summary>
    public async Task<IReadOnlyList<DatasetSides>> ListDatasetsAsync(
        ComparedSnapshots compared,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(compared.Project).Use(PlannerSettings.Once);
        var command = Bind(batch.Add(Datasets), compared);
        BaseVector.Bind(command, Snapshot.Base(compared.From, compared.To));
        return await batch.ReadRowsAsync(
            row => new DatasetSides(new(row.GetInt64(0)), ReadRow(row, 1), ReadRow(row, 5), ReadRow(row, 9)),
            cancellationToken
        );
    }

    /// <summary>
    /// The keys of these datasets with rows beyond what both sides see, by the order of the datasets as given, then by
    /// key. One round trip for some 1,000; beyond that a connection is held until the enumeration ends, and none of the
    /// rows is kept.
    /// </summary>
    /// <param name="compared">The two sides.</param>
    /// <param name="datasets">In the order wanted.</param>
    /// <param name="after">Behind which key of the first dataset to begin; null: at its first.</param>
    /// <param name="cancellationToken">Stops the statement.</param>
    public async IAsyncEnumerable<RecordSides> ReadAsync(
        ComparedSnapshots compared,
        IReadOnlyList<DatasetId> datasets,
        ReadOnlyMemory<byte>? after,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (datasets.Count == 0)
        {
            yield break;
        }

        var place = new Place(datasets, after is null ? 0 : 1, after ?? default);
        await using var batch = database.CreateBatch(compared.Project).Use(PlannerSettings.Once);
        AddRows(batch, compared, place, FirstRows);
        var first = await batch.ReadRowsAsync(Read, cancellationToken);
        foreach (var row in first)
        {
            yield return row;
        }

        if (first.Count < FirstRows)
        {
            yield break;
        }

        place = place with { Index = IndexOf(datasets, first[^1].Dataset) + 1, Key = first[^1].Key };
        var rest = RecordStream.ReadAsync(
            database,
            (compared.Project, null),
            batch => AddRows(batch.Use(PlannerSettings.Once), compared, place, null),
            Read,
            cancellationToken
        );
        await foreach (var row in rest)
        {
            yield return row;
        }
    }

    private static void AddRows(ProjectBatch batch, ComparedSnapshots compared, Place after, int? limit) =>
        Bind(batch.Add(Rows), compared)
            .With("datasets", after.Datasets.Select(dataset => dataset.Value).ToArray())
            .With("after_place", after.Index)
            .With("after_key", after.Key.ToArray())
            .With("limit", NpgsqlDbType.Bigint, (long?)limit);

    private static NpgsqlBatchCommand Bind(NpgsqlBatchCommand command, ComparedSnapshots compared)
    {
        var (from, to) = (compared.From, compared.To);
        var mergeBase = Snapshot.Base(from, to);
        Divergence.Of(from, mergeBase).And(Divergence.Of(to, mergeBase)).AddTo(command);
        FromVector.Bind(command, from);
        ToVector.Bind(command, to);
        return command.With("project", compared.Project.Value);
    }

    private static string Newest(VectorNames vector, string side) =>
        $"""
            LEFT JOIN LATERAL (
                SELECT stored.* FROM records.dataset AS stored
                WHERE stored.project_id = @project AND stored.dataset_id = touched.dataset_id
                    AND {RecordSql.Sees("stored", vector)}
                ORDER BY stored.version DESC
                LIMIT 1
            ) AS {side} ON true
            """;

    private static int IndexOf(IReadOnlyList<DatasetId> datasets, DatasetId dataset) =>
        Enumerable.Range(0, datasets.Count).First(index => datasets[index] == dataset);

    private static DatasetRow? ReadRow(NpgsqlDataReader row, int ordinal) =>
        row.IsDBNull(ordinal)
            ? null
            : new(
                row.GetString(ordinal),
                row.GetString(ordinal + 1),
                row.GetBoolean(ordinal + 2),
                new(row.GetInt64(ordinal + 3))
            );

    private static RecordSides Read(NpgsqlDataReader row) =>
        new(new(row.GetInt64(0)), row.GetFieldValue<byte[]>(1), ReadSide(row, 2), ReadSide(row, 6));

    private static StoredRecord? ReadSide(NpgsqlDataReader row, int ordinal) =>
        row.IsDBNull(ordinal) ? null : RecordSql.Read(row, ordinal);

    /// <param name="Index">Of the dataset, from 1; 0: before the first.</param>
    private sealed record Place(IReadOnlyList<DatasetId> Datasets, int Index, ReadOnlyMemory<byte> Key);
}

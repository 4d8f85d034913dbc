using System.Globalization;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Statements over the live records of a dataset. None sorts rows to find which of them count.</summary>
/// <remarks>
/// Of the rows of each timeline only those count that the timeline itself had not superseded by the version up to which
/// it is seen. That leaves two rows of one key only where two timelines wrote it. By key, the later one is simply the
/// last of its neighbours in the primary key's index. In a scan the later one has the flag <c>shadows</c>: those few
/// are gathered into a hash, and hide what is older.
/// </remarks>
internal static class RecordQuerySql
{
    /// <summary>Rows that may count, where few are read: what is absorbed is looked up row by row.</summary>
    private static string InPage(string row, RecordView view) =>
        $"""
            {row}.project_id = @project AND {row}.dataset_id = @dataset
            AND {RecordSql.Sees(row, view)} AND {NotSuperseded(row)}
            """;

    /// <summary>Rows that may count, where many are read: what is absorbed is gathered once.</summary>
    private static string InScan(string row, RecordView view) =>
        $"""
            {row}.project_id = @project AND {row}.dataset_id = @dataset
            AND ({row}.version <= {Through(row)} {(view.SeesAbsorbed ? $"OR {Absorbed(row)}" : "")})
            AND {NotSuperseded(row)}
            """;

    private static string Absorbed(string row) =>
        $"""
            ({row}.version < @absorbed AND {row}.timeline_id IN (
                SELECT line.timeline_id FROM branching.timeline AS line
                WHERE line.project_id = @project AND line.absorbed_into_timeline_id IS NOT NULL
                    AND line.absorbed_at_version
                        <= (@through::bigint[])[array_position(@owners, line.absorbed_into_timeline_id)]
            ))
            """;

    /// <summary>A timeline that was absorbed is seen whole, and has no place in the vector.</summary>
    private static string NotSuperseded(string row) =>
        $"({row}.superseded_version IS NULL OR {row}.superseded_version > {Through(row)})";

    private static string Through(string row) => $"(@through::bigint[])[array_position(@owners, {row}.timeline_id)]";

    public static void AddList(ProjectBatch batch, RecordView view, RecordQuery query, int limit)
    {
        if (query.Order is { } order)
        {
            AddHashing(
                    batch,
                    view,
                    query,
                    $"SELECT {RecordSql.Columns} {Hashed(view, query)} ORDER BY {order.Sql}, stored.key LIMIT @limit"
                )
                .With("limit", limit);
            return;
        }

        batch.Use(PlannerSettings.InOrder);
        Bind(
                batch.Add(
                    $"""
                    SELECT {RecordSql.Columns}
                    FROM (
                        SELECT stored.key, stored.version, stored.timeline_id, stored.document,
                            lead(stored.key) OVER (ORDER BY stored.key, stored.version) IS DISTINCT FROM stored.key
                            AS wins
                        FROM records.row AS stored
                        WHERE {InPage("stored", view)} {InRange("stored", query.Keys)}
                    ) AS stored
                    WHERE stored.wins AND stored.document IS NOT NULL {Meets(query)}
                    ORDER BY stored.key
                    LIMIT @limit
                    """
                ),
                view,
                query
            )
            .With("limit", limit);
    }

    /// <summary>
    /// The rows that may count of a range, by key and version: the last of each key is its record, which may be
    /// deleted.
    /// </summary>
    public static void AddRows(ProjectBatch batch, RecordView view, RecordQuery query, int limit)
    {
        batch.Use(PlannerSettings.InOrder);
        Bind(
                batch.Add(
                    $"""
                    SELECT {RecordSql.Columns} FROM records.row AS stored
                    WHERE {InPage("stored", view)} {InRange("stored", query.Keys)}
                    ORDER BY stored.key, stored.version
                    LIMIT @limit
                    """
                ),
                view,
                query
            )
            .With("limit", limit);
    }

    public static void AddScan(ProjectBatch batch, RecordView view, RecordQuery query) =>
        AddHashing(batch, view, query, $"SELECT {RecordSql.Columns} {Hashed(view, query)}");

    /// <summary>Of each record only the cells of some columns, each as JSON; null where it has none.</summary>
    public static void AddCellScan(ProjectBatch batch, RecordView view, RecordQuery query, IEnumerable<int> columns)
    {
        var cells = columns.Select(number =>
            string.Create(CultureInfo.InvariantCulture, $"stored.document -> '{number}'")
        );
        AddHashing(batch, view, query, $"SELECT {string.Join(", ", cells)} {Hashed(view, query)}");
    }

    public static void AddCount(ProjectBatch batch, RecordView view, RecordQuery query) =>
        AddHashing(batch, view, query, $"SELECT count(*) {Hashed(view, query)}");

    private static string Hashed(RecordView view, RecordQuery query) =>
        $"""
            FROM records.row AS stored
            WHERE {InScan("stored", view)} AND stored.document IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM records.row AS newer
                    WHERE {InScan("newer", view)} AND newer.shadows
                        AND newer.key = stored.key AND newer.version > stored.version
                        {InRange("newer", query.Keys)}
                )
                {InRange("stored", query.Keys)} {Meets(query)}
            """;

    private static string InRange(string row, KeyRange keys) =>
        (keys.From is null ? "" : $"AND {row}.key >= @from ") + (keys.To is null ? "" : $"AND {row}.key < @to");

    private static string Meets(RecordQuery query) => query.Condition is { } condition ? $"AND ({condition.Sql})" : "";

    private static NpgsqlBatchCommand AddHashing(ProjectBatch batch, RecordView view, RecordQuery query, string sql)
    {
        batch.Use(PlannerSettings.ByHash);
        return Bind(batch.Add(sql), view, query);
    }

    private static NpgsqlBatchCommand Bind(NpgsqlBatchCommand command, RecordView view, RecordQuery query)
    {
        command.With("project", view.Project.Value).With("dataset", query.Dataset.Value);
        view.Bind(command);
        if (query.Keys.From is { } from)
        {
            command.With("from", from.ToArray());
        }

        if (query.Keys.To is { } to)
        {
            command.With("to", to.ToArray());
        }

        query.Condition?.AddParameters(command);
        query.Order?.AddParameters(command);
        return command;
    }
}

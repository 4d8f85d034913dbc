using Dendrite.Storage.Snapshots;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Statements over all live records of a dataset.</summary>
/// <remarks>
/// Neither sorts nor looks at a row twice. Of the rows of each timeline only those count that the timeline itself had
/// not superseded by the version up to which it is seen; that leaves two rows of one key only where two timelines wrote
/// it, and then the newer one has the flag <c>shadows</c>. Those few are gathered and hide what is older.
/// </remarks>
internal static class RecordQuerySql
{
    private const string Visible = $"""
        FROM {SnapshotSql.Seen}
        JOIN records.row AS stored ON stored.project_id = @project AND stored.dataset_id = @dataset
            AND stored.timeline_id = seen.timeline_id AND stored.version <= seen.through_version
        WHERE (stored.superseded_version IS NULL OR stored.superseded_version > seen.through_version)
            AND stored.document IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM branching.seen(@owners, @through) AS by (timeline_id, through_version)
                JOIN records.row AS newer ON newer.project_id = @project AND newer.dataset_id = @dataset
                    AND newer.timeline_id = by.timeline_id AND newer.version <= by.through_version
                WHERE newer.shadows AND newer.key = stored.key AND newer.version > stored.version
            )
        """;

    public static void AddList(ProjectBatch batch, RecordView view, RecordQuery query, int limit)
    {
        var order = query.Order is { } by ? $"{by.Sql}, stored.key" : "stored.key";
        var sql = $"SELECT {RecordSql.Columns} {Selection(query)} ORDER BY {order} LIMIT @limit";
        var command = Add(batch, view, query, sql).With("limit", limit);
        query.Order?.AddParameters(command);
    }

    public static void AddScan(ProjectBatch batch, RecordView view, RecordQuery query) =>
        Add(batch, view, query, $"SELECT {RecordSql.Columns} {Selection(query)}");

    public static void AddCount(ProjectBatch batch, RecordView view, RecordQuery query) =>
        Add(batch, view, query, $"SELECT count(*) {Selection(query)}");

    private static string Selection(RecordQuery query) =>
        Visible
        + (query.Keys.From is null ? "" : " AND stored.key >= @from")
        + (query.Keys.To is null ? "" : " AND stored.key < @to")
        + (query.Condition is { } condition ? $" AND ({condition.Sql})" : "");

    private static NpgsqlBatchCommand Add(ProjectBatch batch, RecordView view, RecordQuery query, string sql)
    {
        var command = batch
            .Add(sql)
            .With("project", view.Project.Value)
            .With("dataset", query.Dataset.Value)
            .With(view.Snapshot);
        if (query.Keys.From is { } from)
        {
            command.With("from", from.ToArray());
        }

        if (query.Keys.To is { } to)
        {
            command.With("to", to.ToArray());
        }

        query.Condition?.AddParameters(command);
        return command;
    }
}

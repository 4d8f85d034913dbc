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
    /// <summary>Holds some 500,000 keys that a scan must leave out; more go to disk.</summary>
    private const string HashMegabytes = "64";

    /// <summary>Rows that may count, where few are read: what is absorbed is looked up row by row.</summary>
    private static string InPage(string row) =>
        $"""
            {row}.project_id = @project AND {row}.dataset_id = @dataset
            AND {RecordSql.Sees(row, VectorNames.Plain)} AND {NotSuperseded(row)}
            """;

    /// <summary>Rows that may count, where many are read: what is absorbed is gathered once.</summary>
    private static string InScan(string row) =>
        $"""
            {row}.project_id = @project AND {row}.dataset_id = @dataset
            AND ({row}.version <= {Through(row)} OR {row}.timeline_id IN (
                SELECT line.timeline_id FROM branching.timeline AS line
                WHERE line.project_id = @project AND line.absorbed_into_timeline_id IS NOT NULL
                    AND line.absorbed_at_version
                        <= (@through::bigint[])[array_position(@owners, line.absorbed_into_timeline_id)]
            ))
            AND {NotSuperseded(row)}
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
                $"SELECT {RecordSql.Columns} {Hashed(query)} ORDER BY {order.Sql}, stored.key LIMIT @limit",
                command => order.AddParameters(command.With("limit", limit))
            );
            return;
        }

        // Whatever the statistics say, or whether there are any: this goes along the index and stops at the limit.
        const string InOrder = "'enable_seqscan', 'enable_bitmapscan', 'enable_sort'";
        AddSettings(batch, InOrder, "off");
        Bind(
                batch.Add(
                    $"""
                    SELECT {RecordSql.Columns}
                    FROM (
                        SELECT stored.key, stored.version, stored.timeline_id, stored.document,
                            lead(stored.key) OVER (ORDER BY stored.key, stored.version) IS DISTINCT FROM stored.key
                            AS wins
                        FROM records.row AS stored
                        WHERE {InPage("stored")} {InRange("stored", query.Keys)}
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
        AddSettings(batch, InOrder, "on");
    }

    public static void AddScan(ProjectBatch batch, RecordView view, RecordQuery query) =>
        AddHashing(batch, view, query, $"SELECT {RecordSql.Columns} {Hashed(query)}", _ => { });

    /// <summary>Of each record only the cells of some columns, each as JSON; null where it has none.</summary>
    public static void AddCellScan(ProjectBatch batch, RecordView view, RecordQuery query, IEnumerable<int> columns)
    {
        var cells = columns.Select(number =>
            string.Create(CultureInfo.InvariantCulture, $"stored.document -> '{number}'")
        );
        AddHashing(batch, view, query, $"SELECT {string.Join(", ", cells)} {Hashed(query)}", _ => { });
    }

    public static void AddCount(ProjectBatch batch, RecordView view, RecordQuery query) =>
        AddHashing(batch, view, query, $"SELECT count(*) {Hashed(query)}", _ => { });

    private static string Hashed(RecordQuery query) =>
        $"""
            FROM records.row AS stored
            WHERE {InScan("stored")} AND stored.document IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM records.row AS newer
                    WHERE {InScan("newer")} AND newer.shadows
                        AND newer.key = stored.key AND newer.version > stored.version
                        {InRange("newer", query.Keys)}
                )
                {InRange("stored", query.Keys)} {Meets(query)}
            """;

    private static string InRange(string row, KeyRange keys) =>
        (keys.From is null ? "" : $"AND {row}.key >= @from ") + (keys.To is null ? "" : $"AND {row}.key < @to");

    private static string Meets(RecordQuery query) => query.Condition is { } condition ? $"AND ({condition.Sql})" : "";

    /// <summary>
    /// Adds a statement whose one join must be by hash. Before the first statistics of a table the planner thinks that
    /// there is next to nothing in it and would compare all rows with all.
    /// </summary>
    private static void AddHashing(
        ProjectBatch batch,
        RecordView view,
        RecordQuery query,
        string sql,
        Action<NpgsqlBatchCommand> addParameters
    )
    {
        const string ByHash = "'enable_nestloop', 'enable_mergejoin'";
        // Flags are guessed too high, and a hash that is thought not to fit would write the whole scan to disk first.
        batch.AddUnseen($"SELECT set_config('work_mem', '{HashMegabytes}MB', true)");
        AddSettings(batch, ByHash, "off");
        addParameters(Bind(batch.Add(sql), view, query));
        AddSettings(batch, ByHash, "on");
    }

    /// <summary>
    /// For this transaction; a caller's transaction has more to do, so what is switched off is put back.
    /// </summary>
    private static void AddSettings(ProjectBatch batch, string names, string value)
    {
        var sql = $"SELECT set_config(name, '{value}', true) FROM unnest(ARRAY[{names}]) AS name";
        if (value == "off")
        {
            batch.AddUnseen(sql);
        }
        else
        {
            batch.Add(sql);
        }
    }

    private static NpgsqlBatchCommand Bind(NpgsqlBatchCommand command, RecordView view, RecordQuery query)
    {
        command.With("project", view.Project.Value).With("dataset", query.Dataset.Value).With(view.Snapshot);
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

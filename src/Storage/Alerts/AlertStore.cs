using Dendrite.Storage.Filtering;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Alerts;

/// <summary>Lists alerts. They are made and ended by an <see cref="AlertLook"/>. Thread-safe.</summary>
public sealed class AlertStore(PlatformDatabase database)
{
    /// <summary>Of <c>a</c>.</summary>
    internal const string Columns = "a.alert_id, a.alert_rule_id, a.rule, a.summary, a.value, a.start_time, a.end_time";

    /// <summary>A page of alerts, newest first, with how their messages went. One round trip.</summary>
    public async Task<IReadOnlyList<AlertRecord>> ListAsync(
        ProjectId project,
        AlertQuery query,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        RowConditionSql
            .AddTo(
                batch,
                query.Filter,
                filter =>
                    $"""
                        SELECT {Columns}, d.sent, d.failed
                        FROM scheduling.alert a
                        CROSS JOIN LATERAL (
                            SELECT count(*) FILTER (WHERE m.state = 'sent') AS sent,
                                count(*) FILTER (WHERE m.state = 'failed') AS failed
                            FROM scheduling.alert_delivery m
                            WHERE m.project_id = a.project_id AND m.alert_id = a.alert_id
                        ) d
                        WHERE a.project_id = @project AND (@before IS NULL OR a.alert_id < @before) AND {filter}
                        ORDER BY a.alert_id DESC LIMIT @limit
                        """
            )
            .With("project", project.Value)
            .With("before", NpgsqlDbType.Uuid, query.Before)
            .With("limit", query.Limit);
        return await batch.ReadRowsAsync(
            row => Read(row) with { Sent = (int)row.GetInt64(7), Failed = (int)row.GetInt64(8) },
            cancellationToken
        );
    }

    internal static AlertRecord Read(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetInt64(1),
            row.GetString(2),
            row.GetString(3),
            row.GetDouble(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6)
        );
}

/// <summary>What lists of alerts are filtered by.</summary>
public static class AlertFields
{
    public static RowField Rule { get; } = new("a.rule", NpgsqlDbType.Text);

    public static RowField StartTime { get; } = new("a.start_time", NpgsqlDbType.TimestampTz);

    public static RowField EndTime { get; } = new("a.end_time", NpgsqlDbType.TimestampTz);
}

using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Alerts;

/// <summary>The columns of a rule in every query, how they are read, and how its fields are written.</summary>
internal static class AlertRuleRow
{
    /// <summary>Of <c>a</c>.</summary>
    public const string Columns = """
        a.alert_rule_id, a.name, a.revision, a.display_name, a.metric, a.job, a.comparison = 'above', a.threshold,
        a.hold, a.recovery_hold, a.channels::text, a.quiet_hours, a.time_zone, a.disabled, a.create_time, a.update_time
        """;

    /// <summary>How many columns these are.</summary>
    public const int ColumnCount = 16;

    public static readonly NamedTable<AlertRuleRecord> Table = new(
        "Alert rule",
        "scheduling.alert_rule",
        "a",
        "alert_rule_id",
        Columns,
        Read
    )
    {
        NameConstraint = "alert_rule_name_is_taken",
        NoSuch = name =>
            new(ErrorReason.AlertRuleNotFound, $"Alert rule '{name}' does not exist; list the rules of the project."),
        Full = $"The project has {AlertRuleStore.MaxRules} alert rules already; delete one that nobody needs.",
    };

    private static readonly (WatchedFigure Metric, string Name)[] Metrics =
    [
        (WatchedFigure.SuccessRatio, "success_ratio"),
        (WatchedFigure.RunSeconds, "run_seconds"),
        (WatchedFigure.SecondsSinceSuccess, "seconds_since_success"),
        (WatchedFigure.StartDelaySeconds, "start_delay_seconds"),
        (WatchedFigure.QueuedRuns, "queued_runs"),
        (WatchedFigure.DiskUsedRatio, "disk_used_ratio"),
        (WatchedFigure.BloatRatio, "bloat_ratio"),
        (WatchedFigure.WarnedBranches, "warned_branches"),
        (WatchedFigure.DiskFullDays, "disk_full_days"),
        (WatchedFigure.FreezeRatio, "freeze_ratio"),
    ];

    public static AlertRuleRecord Read(NpgsqlDataReader row)
    {
        var metric = row.GetString(4);
        return new(row.GetInt64(0), row.GetString(1))
        {
            Revision = row.GetInt64(2),
            DisplayName = row.GetString(3),
            Metric = Array.Find(Metrics, each => each.Name == metric).Metric,
            Job = row.GetString(5),
            IsAbove = row.GetBoolean(6),
            Threshold = row.GetDouble(7),
            Hold = row.GetTimeSpan(8),
            RecoveryHold = row.IsDBNull(9) ? null : row.GetTimeSpan(9),
            ChannelsJson = row.GetString(10),
            QuietHours = row.GetString(11),
            TimeZone = row.GetString(12),
            IsDisabled = row.GetBoolean(13),
            CreateTime = row.GetFieldValue<DateTimeOffset>(14),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(15),
        };
    }

    public static NpgsqlBatchCommand WithFields(NpgsqlBatchCommand command, AlertRuleRecord rule) =>
        command
            .With("display_name", rule.DisplayName)
            .With("metric", Array.Find(Metrics, each => each.Metric == rule.Metric).Name)
            .With("job", rule.Job)
            .With("comparison", rule.IsAbove ? "above" : "below")
            .With("threshold", rule.Threshold)
            .With("hold", rule.Hold)
            .With("recovery_hold", NpgsqlDbType.Interval, rule.RecoveryHold)
            .With("channels", NpgsqlDbType.Jsonb, rule.ChannelsJson)
            .With("quiet_hours", rule.QuietHours)
            .With("time_zone", rule.TimeZone)
            .With("disabled", rule.IsDisabled);
}

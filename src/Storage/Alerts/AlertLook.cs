using Dendrite.Storage.Scheduling;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Alerts;

/// <summary>
/// A look at the rules of a project: a transaction that holds the project's place among looks. What it finds is written
/// with the messages about it, all or nothing. Undone unless committed.
/// </summary>
public sealed partial class AlertLook : IAsyncDisposable
{
    /// <summary>Ended alerts forgotten at a time.</summary>
    private const int ForgetPage = 1_000;

    /// <summary>Less than a day by the clock on the wall, which may be set back meanwhile.</summary>
    private const string LongestQuiet = "interval '26 hours'";

    private readonly ProjectSession session;
    private readonly DateTimeOffset now;
    private readonly ProjectBatch writes;

    private AlertLook(ProjectSession session, DateTimeOffset now) =>
        (this.session, this.now, writes) = (session, now, session.CreateBatch());

    /// <summary>Those that are not disabled.</summary>
    public IReadOnlyList<WatchedRule> Rules { get; private set; } = [];

    /// <summary>Alerts that last, of rules that are gone or disabled too.</summary>
    public IReadOnlyList<AlertRecord> Open { get; private set; } = [];

    /// <summary>Remembers how a rule stands now.</summary>
    public void Stand(AlertRuleRecord rule, AlertStanding standing, string subject) =>
        writes
            .Add(
                """
                INSERT INTO scheduling.alert_state (project_id, alert_rule_id, phase, since, subject)
                VALUES (@project, @rule, @phase, @since, @subject)
                ON CONFLICT (project_id, alert_rule_id) DO UPDATE
                SET phase = excluded.phase, since = excluded.since, subject = excluded.subject
                """
            )
            .With("project", session.Project.Value)
            .With("rule", rule.Id)
            .With("phase", standing.Phase.ToString().ToLowerInvariant())
            .With("since", NpgsqlDbType.TimestampTz, standing.Since)
            .With("subject", subject);

    /// <summary>Makes an alert; one with an end is over with its being told.</summary>
    public void Fire(AlertRecord alert) =>
        writes
            .Add(
                """
                INSERT INTO scheduling.alert (
                    project_id, alert_id, alert_rule_id, rule, summary, value, start_time, end_time)
                VALUES (@project, @alert, @rule, @name, @summary, @value, @start, @end)
                """
            )
            .With("project", session.Project.Value)
            .With("alert", alert.Id)
            .With("rule", alert.RuleId)
            .With("name", alert.Rule)
            .With("summary", alert.Summary)
            .With("value", alert.Value)
            .With("start", NpgsqlDbType.TimestampTz, alert.StartTime)
            .With("end", NpgsqlDbType.TimestampTz, alert.EndTime);

    /// <summary>
    /// Ends an alert. What was not sent yet that it began is dropped: nobody is told of what is over.
    /// </summary>
    /// <param name="note">Why those are dropped.</param>
    public void End(AlertRecord alert, string note)
    {
        writes
            .Add(
                """
                UPDATE scheduling.alert SET end_time = @now
                WHERE project_id = @project AND alert_id = @alert AND end_time IS NULL
                """
            )
            .With("project", session.Project.Value)
            .With("alert", alert.Id)
            .With("now", NpgsqlDbType.TimestampTz, now);
        writes
            .Add(
                """
                UPDATE scheduling.alert_delivery SET state = 'dropped', note = @note, end_time = @now, ready_time = NULL
                WHERE project_id = @project AND alert_id = @alert AND state = 'queued' AND attempts = 0
                """
            )
            .With("project", session.Project.Value)
            .With("alert", alert.Id)
            .With("note", note)
            .With("now", NpgsqlDbType.TimestampTz, now);
    }

    /// <summary>Queues a message that the alert began.</summary>
    public void Tell(NewDelivery delivery) =>
        With(
            """
            INSERT INTO scheduling.alert_delivery (
                project_id, delivery_id, alert_id, kind, channel, channel_digest, message, quiet_hours, time_zone,
                ready_time, create_time)
            VALUES (@project, @delivery, @alert, 'firing', @channel, @digest, @message, @quiet_hours, @time_zone,
                @ready, @now)
            ON CONFLICT ON CONSTRAINT alert_delivery_is_one DO NOTHING
            """,
            delivery
        );

    /// <summary>
    /// Queues a message that it is over, for a channel that was told that it began, or is being told. Comes after
    /// <see cref="End"/>.
    /// </summary>
    public void TellEnd(NewDelivery delivery) =>
        With(
            """
            INSERT INTO scheduling.alert_delivery (
                project_id, delivery_id, alert_id, kind, channel, channel_digest, message, quiet_hours, time_zone,
                ready_time, create_time)
            SELECT @project, @delivery, @alert, 'resolved', @channel, @digest, @message, @quiet_hours, @time_zone,
                @ready, @now
            WHERE EXISTS (
                SELECT FROM scheduling.alert_delivery f
                WHERE f.project_id = @project AND f.alert_id = @alert AND f.kind = 'firing'
                    AND f.channel_digest = @digest AND f.state IN ('queued', 'sent'))
            ON CONFLICT ON CONSTRAINT alert_delivery_is_one DO NOTHING
            """,
            delivery
        );

    /// <summary>The channels that were told that it began, or are being told: as JSON. One round trip.</summary>
    public async Task<IReadOnlyList<string>> ToldAsync(AlertRecord alert, CancellationToken cancellationToken)
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                """
                SELECT channel::text FROM scheduling.alert_delivery
                WHERE project_id = @project AND alert_id = @alert AND kind = 'firing' AND state IN ('queued', 'sent')
                ORDER BY delivery_id
                """
            )
            .With("project", session.Project.Value)
            .With("alert", alert.Id);
        return await batch.ReadRowsAsync(row => row.GetString(0), cancellationToken);
    }

    /// <summary>
    /// Makes everything durable, forgets alerts that ended long ago, and sets messages back that a clock that was ahead
    /// put off. Two round trips.
    /// </summary>
    /// <param name="longestWait">For which a message may wait outside of quiet hours.</param>
    public async Task CommitAsync(TimeSpan keep, TimeSpan longestWait, CancellationToken cancellationToken)
    {
        writes
            .Add(
                $"""
                UPDATE scheduling.alert_delivery SET ready_time = {SetBackStore.Present}
                WHERE project_id = @project AND state = 'queued'
                    AND ready_time > {SetBackStore.Present} + {SetBackStore.Apart} + @wait
                        + CASE WHEN quiet_hours = '' THEN interval '0' ELSE {LongestQuiet} END
                """
            )
            .With("project", session.Project.Value)
            .With("now", NpgsqlDbType.TimestampTz, now)
            .With("wait", longestWait);
        writes
            .Add(
                """
                DELETE FROM scheduling.alert WHERE project_id = @project AND alert_id IN (
                    SELECT alert_id FROM scheduling.alert
                    WHERE project_id = @project AND end_time < @before ORDER BY alert_id LIMIT @page)
                """
            )
            .With("project", session.Project.Value)
            .With("before", NpgsqlDbType.TimestampTz, now - keep)
            .With("page", ForgetPage);
        // What was disabled begins anew when it is watched again.
        writes
            .Add(
                """
                DELETE FROM scheduling.alert_state s USING scheduling.alert_rule r
                WHERE s.project_id = @project AND r.project_id = @project AND r.alert_rule_id = s.alert_rule_id
                    AND r.disabled
                """
            )
            .With("project", session.Project.Value);
        await writes.ExecuteAsync(cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await writes.DisposeAsync();
        await session.DisposeAsync();
    }

    internal static async Task<AlertLook> ReadAsync(
        ProjectSession session,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                $"""
                SELECT {AlertRuleRow.Columns}, s.phase, s.since, s.subject
                FROM scheduling.alert_rule a
                LEFT JOIN scheduling.alert_state s USING (project_id, alert_rule_id)
                WHERE a.project_id = @project AND NOT a.disabled ORDER BY a.name
                """
            )
            .With("project", session.Project.Value);
        batch
            .Add(
                $"SELECT {AlertStore.Columns} FROM scheduling.alert a WHERE project_id = @project AND end_time IS NULL"
            )
            .With("project", session.Project.Value);
        var (rules, open) = await batch.ReadAsync(ReadAsync, cancellationToken);
        return new(session, now) { Rules = rules, Open = open };
    }

    private static async Task<(List<WatchedRule>, List<AlertRecord>)> ReadAsync(
        NpgsqlDataReader reader,
        CancellationToken token
    )
    {
        var (rules, open) = (new List<WatchedRule>(), new List<AlertRecord>());
        while (await reader.ReadAsync(token))
        {
            rules.Add(ReadRule(reader));
        }

        await reader.NextResultAsync(token);
        while (await reader.ReadAsync(token))
        {
            open.Add(AlertStore.Read(reader));
        }

        return (rules, open);
    }

    private static WatchedRule ReadRule(NpgsqlDataReader row)
    {
        const int At = AlertRuleRow.ColumnCount;
        var rule = AlertRuleRow.Read(row);
        return row.IsDBNull(At)
            ? new(rule, null, "")
            : new(
                rule,
                new(
                    Enum.Parse<AlertPhase>(row.GetString(At), ignoreCase: true),
                    row.GetFieldValue<DateTimeOffset>(At + 1)
                ),
                row.GetString(At + 2)
            );
    }

    private void With(string sql, NewDelivery delivery) =>
        writes
            .Add(sql)
            .With("project", session.Project.Value)
            .With("delivery", delivery.Id)
            .With("alert", delivery.Alert)
            .With("channel", NpgsqlDbType.Jsonb, delivery.ChannelJson)
            .With("digest", delivery.ChannelDigest)
            .With("message", NpgsqlDbType.Jsonb, delivery.MessageJson)
            .With("quiet_hours", delivery.QuietHours)
            .With("time_zone", delivery.TimeZone)
            .With("ready", NpgsqlDbType.TimestampTz, delivery.ReadyTime)
            .With("now", NpgsqlDbType.TimestampTz, now);
}

/// <summary>A rule and how it stood at the last look.</summary>
/// <param name="Standing">Null where nobody looked yet.</param>
/// <param name="Subject">What it watched then.</param>
public sealed record WatchedRule(AlertRuleRecord Rule, AlertStanding? Standing, string Subject);

/// <summary>A message to one channel.</summary>
/// <param name="ReadyTime">From when on it may be sent.</param>
public sealed record NewDelivery(
    Guid Id,
    Guid Alert,
    string ChannelJson,
    byte[] ChannelDigest,
    string MessageJson,
    DateTimeOffset ReadyTime
)
{
    public string QuietHours { get; init; } = "";

    public string TimeZone { get; init; } = "";
}

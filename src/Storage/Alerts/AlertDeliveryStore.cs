using NpgsqlTypes;

namespace Dendrite.Storage.Alerts;

/// <summary>
/// Messages on their way. Whoever sends one holds it by a lease and writes how it went under its fence. For the
/// scheduler. Thread-safe.
/// </summary>
public sealed class AlertDeliveryStore(PlatformDatabase database)
{
    /// <summary>What may be sent, in all projects, the longest ready first. One round trip.</summary>
    public async Task<IReadOnlyList<ReadyDelivery>> ListReadyAsync(
        DateTimeOffset now,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.DataSource.CreateCommand(
            "SELECT project_id, project_name, delivery_id FROM scheduling.list_ready_deliveries(@now, @limit)"
        );
        command.Parameters.Add(new("now", NpgsqlDbType.TimestampTz) { Value = now.ToUniversalTime() });
        command.Parameters.Add(new("limit", NpgsqlDbType.Integer) { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var ready = new List<ReadyDelivery>();
        while (await reader.ReadAsync(cancellationToken))
        {
            ready.Add(new(new ProjectId(reader.GetInt64(0)), reader.GetString(1), reader.GetGuid(2)));
        }

        return ready;
    }

    /// <summary>Takes a message to send it; null where somebody else did. One round trip.</summary>
    /// <param name="lease">After which another may take it: who sends it is dead by then.</param>
    public async Task<TakenDelivery?> TakeAsync(
        ReadyDelivery ready,
        DateTimeOffset now,
        TimeSpan lease,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(ready.Project);
        batch
            .Add(
                """
                UPDATE scheduling.alert_delivery AS d
                SET attempts = attempts + 1, fencing_token = fencing_token + 1, ready_time = @now + @lease
                WHERE d.project_id = @project AND d.delivery_id = @delivery AND d.state = 'queued'
                    AND d.ready_time <= @now
                RETURNING d.kind, d.channel::text, d.message::text, d.quiet_hours, d.time_zone, d.attempts,
                    d.fencing_token, d.kind = 'firing' OR EXISTS (
                        SELECT FROM scheduling.alert_delivery f
                        WHERE f.project_id = d.project_id AND f.alert_id = d.alert_id AND f.kind = 'firing'
                            AND f.channel_digest = d.channel_digest AND f.state = 'sent')
                """
            )
            .With("project", ready.Project.Value)
            .With("delivery", ready.Id)
            .With("now", NpgsqlDbType.TimestampTz, now)
            .With("lease", lease);
        return await batch.ReadRowAsync(
            row => new TakenDelivery(ready, row.GetString(1), row.GetString(2))
            {
                IsEnd = row.GetString(0) == "resolved",
                QuietHours = row.GetString(3),
                TimeZone = row.GetString(4),
                Attempt = row.GetInt32(5),
                FencingToken = row.GetInt64(6),
                IsWanted = row.GetBoolean(7),
            },
            cancellationToken
        );
    }

    /// <summary>It is not tried again. One round trip.</summary>
    /// <returns>False where another took it over meanwhile: nothing was written.</returns>
    public Task<bool> EndAsync(
        TakenDelivery taken,
        DeliveryEnd end,
        string note,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) =>
        WriteAsync(
            taken,
            "state = @state, note = @note, end_time = @time, ready_time = NULL",
            (end.ToString().ToLowerInvariant(), note, now),
            cancellationToken
        );

    /// <summary>It is tried again then. One round trip.</summary>
    public Task<bool> RetryAsync(
        TakenDelivery taken,
        DateTimeOffset then,
        string note,
        CancellationToken cancellationToken
    ) => WriteAsync(taken, "note = @note, ready_time = @time", ("", note, then), cancellationToken);

    /// <summary>It was taken and not tried: it is kept back until then. One round trip.</summary>
    public Task<bool> KeepBackAsync(TakenDelivery taken, DateTimeOffset until, CancellationToken cancellationToken) =>
        WriteAsync(
            taken,
            "note = @note, ready_time = @time, attempts = attempts - 1",
            ("", "kept back in quiet hours", until),
            cancellationToken
        );

    private async Task<bool> WriteAsync(
        TakenDelivery taken,
        string change,
        (string State, string Note, DateTimeOffset Time) values,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(taken.Ready.Project);
        batch
            .Add(
                $"""
                UPDATE scheduling.alert_delivery SET {change}
                WHERE project_id = @project AND delivery_id = @delivery AND state = 'queued' AND fencing_token = @token
                    AND @state IS NOT NULL
                RETURNING true
                """
            )
            .With("project", taken.Ready.Project.Value)
            .With("delivery", taken.Ready.Id)
            .With("token", taken.FencingToken)
            .With("state", values.State)
            .With("note", BriefText.Cut(values.Note, MaxNote))
            .With("time", NpgsqlDbType.TimestampTz, values.Time);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    private const int MaxNote = 1_000;
}

/// <summary>A message that may be taken.</summary>
public sealed record ReadyDelivery(ProjectId Project, string ProjectName, Guid Id);

/// <summary>A message that is being sent.</summary>
/// <param name="ChannelJson">The contract's AlertChannel.</param>
/// <param name="MessageJson">What it says.</param>
public sealed record TakenDelivery(ReadyDelivery Ready, string ChannelJson, string MessageJson)
{
    /// <summary>Whether it says that the alert is over.</summary>
    public bool IsEnd { get; init; }

    public string QuietHours { get; init; } = "";

    public string TimeZone { get; init; } = "";

    /// <summary>From 1.</summary>
    public int Attempt { get; init; }

    public long FencingToken { get; init; }

    /// <summary>False for the end of what the channel was never told.</summary>
    public bool IsWanted { get; init; }
}

/// <summary>How a message ended.</summary>
public enum DeliveryEnd
{
    Sent,
    Failed,
    Dropped,
}

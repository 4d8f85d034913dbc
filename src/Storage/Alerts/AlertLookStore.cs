using NpgsqlTypes;

namespace Dendrite.Storage.Alerts;

/// <summary>
/// Begins looks at the rules of a project, each interval one, however many replicas come. Thread-safe.
/// </summary>
public sealed class AlertLookStore(PlatformDatabase database)
{
    /// <summary>
    /// Takes the look that is due; others that come meanwhile wait at its row and then see that it was taken. One that
    /// lies more than an interval ahead, of a clock that was put right since, does not count. Two round trips, or one
    /// where none is due.
    /// </summary>
    /// <returns>Null where somebody looked within the interval, or there is nothing to look at.</returns>
    public async Task<AlertLook?> TakeAsync(
        ProjectId project,
        DateTimeOffset now,
        TimeSpan interval,
        CancellationToken cancellationToken
    )
    {
        var session = await database.BeginAsync(project, cancellationToken);
        try
        {
            await using var batch = session.CreateBatch();
            batch
                .Add(
                    """
                    INSERT INTO scheduling.alert_look AS l (project_id, look_time)
                    SELECT @project, @now
                    WHERE EXISTS (SELECT FROM scheduling.alert_rule r WHERE r.project_id = @project)
                        OR EXISTS (SELECT FROM scheduling.alert a WHERE a.project_id = @project)
                    ON CONFLICT (project_id) DO UPDATE SET look_time = excluded.look_time
                    WHERE l.look_time <= excluded.look_time - @interval
                        OR l.look_time > excluded.look_time + @interval
                    RETURNING true
                    """
                )
                .With("project", project.Value)
                .With("now", NpgsqlDbType.TimestampTz, now)
                .With("interval", interval);
            if (await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken))
            {
                return await AlertLook.ReadAsync(session, now, cancellationToken);
            }
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }

        await session.DisposeAsync();
        return null;
    }
}

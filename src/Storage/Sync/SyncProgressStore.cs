using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Sync;

/// <summary>
/// How far syncs are. Everything is written under a fence, a number that grows with each worker that takes a source
/// over: what a worker still writes that another has taken over from is refused. Thread-safe.
/// </summary>
public sealed class SyncProgressStore(PlatformDatabase database)
{
    /// <summary>A fence above all that were given out, for work that is no run of a job. One round trip.</summary>
    public async Task<long> NextFenceAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch.Add("SELECT nextval('scheduling.fencing_token')");
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                return reader.GetInt64(0);
            },
            cancellationToken
        );
    }

    /// <summary>
    /// Takes a source over from whoever has a lower fence; a sync does not from a backfill or a run that goes on. One
    /// round trip.
    /// </summary>
    /// <returns>False where somebody else has it, or the source is gone.</returns>
    public async Task<bool> TakeAsync(SyncScope scope, SyncHolder holder, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(scope.Project);
        batch
            .Add(
                """
                UPDATE scheduling.sync_source AS s
                SET fence = @fence, backfill_operation = @operation, holder_run = @holder
                WHERE s.project_id = @project AND s.sync_source_id = @source AND s.fence <= @fence
                    AND (@operation IS NOT NULL OR NOT EXISTS (
                        SELECT FROM branching.operation AS o
                        WHERE o.project_id = @project AND o.operation_id = s.backfill_operation AND o.end_time IS NULL
                    ) AND NOT EXISTS (
                        SELECT FROM scheduling.job_run AS r
                        WHERE r.project_id = @project AND r.end_time IS NULL
                            AND (r.fencing_token = s.fence AND r.fencing_token > 0 OR r.run_id = s.holder_run)
                            AND r.run_id <> @run AND r.lease_until > statement_timestamp()
                    ))
                RETURNING true
                """
            )
            .With("project", scope.Project.Value)
            .With("source", scope.Source)
            .With("fence", holder.Fence)
            .With("run", holder.Run)
            .With("operation", NpgsqlDbType.Text, holder.Operation)
            .With("holder", NpgsqlDbType.Uuid, holder.HasOwnFence ? holder.Run : null);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    /// <summary>Lets others have a source whose run goes on with something else. One round trip.</summary>
    public async Task ReleaseAsync(SyncScope scope, long fence, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(scope.Project);
        batch
            .Add(
                """
                UPDATE scheduling.sync_source SET holder_run = NULL
                WHERE project_id = @project AND sync_source_id = @source AND fence = @fence
                """
            )
            .With("project", scope.Project.Value)
            .With("source", scope.Source)
            .With("fence", fence);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>How far it is; null before the first batch. One round trip.</summary>
    public async Task<SyncProgress?> FindAsync(SyncScope scope, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(scope.Project);
        About(
                batch.Add(
                    """
                    SELECT place::text, tally::text FROM scheduling.sync_progress
                    WHERE project_id = @project AND sync_source_id = @source AND target = @target
                        AND backfill = @backfill AND part = @part
                    """
                ),
                scope
            )
            .With("part", scope.Part);
        return await batch.ReadRowAsync(row => new SyncProgress(row.GetString(0), row.GetString(1)), cancellationToken);
    }

    /// <summary>
    /// Keeps how far a sync is, with the items that wait and the records that were seen: all or nothing, after what it
    /// says was committed. One round trip.
    /// </summary>
    /// <returns>False where another has taken over, and nothing was kept.</returns>
    public async Task<bool> KeepAsync(
        SyncScope scope,
        long fence,
        SyncStep step,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(scope.Project);
        // The row of the source stays locked until this is durable: who takes over waits, and then reads it.
        var command = About(
                batch.Add(
                    $"""
                    WITH held AS (
                        SELECT project_id, sync_source_id FROM scheduling.sync_source
                        WHERE project_id = @project AND sync_source_id = @source AND fence = @fence
                        FOR SHARE
                    ), kept AS (
                        INSERT INTO scheduling.sync_progress AS p
                            (project_id, sync_source_id, target, backfill, part, place, tally, sync_time)
                        SELECT project_id, sync_source_id, @target, @backfill, @part, @place, @tally, @now FROM held
                        ON CONFLICT (project_id, sync_source_id, target, backfill, part) DO UPDATE
                            SET place = excluded.place, tally = excluded.tally, sync_time = excluded.sync_time
                    ), seen AS (
                        INSERT INTO scheduling.sync_seen (project_id, sync_source_id, target, record)
                        SELECT project_id, sync_source_id, @target, record FROM held, unnest(@seen) AS record
                        ON CONFLICT DO NOTHING
                    ), waiting AS (
                        INSERT INTO scheduling.sync_dead_letter AS d (
                            project_id, sync_source_id, dead_letter_id, target, item, is_text, waiting, error,
                            attempts, first_attempt_time, last_attempt_time, record)
                        SELECT project_id, sync_source_id, f.id, @target, f.item, f.is_text, true, f.error,
                            f.attempts, @now, @now, f.record
                        FROM held, unnest(@ids, @items, @texts, @errors, @attempts, @records)
                            AS f (id, item, is_text, error, attempts, record)
                        ON CONFLICT (project_id, sync_source_id, dead_letter_id) DO UPDATE
                            SET waiting = true, error = excluded.error, last_attempt_time = excluded.last_attempt_time,
                                attempts = d.attempts + excluded.attempts, record = excluded.record
                    ), noted AS (
                        {WrittenItem.Note} AND EXISTS (SELECT FROM held)
                    )
                    SELECT true FROM held
                    """
                ),
                scope
            )
            .With("fence", fence)
            .With("part", scope.Part)
            .With("place", NpgsqlDbType.Jsonb, step.Progress.Place)
            .With("tally", NpgsqlDbType.Jsonb, step.Progress.Tally)
            .With("now", now.ToUniversalTime())
            .With("seen", NpgsqlDbType.Array | NpgsqlDbType.Bytea, step.Seen.ToArray());
        FailedItem.AddTo(command, step.Failed);
        WrittenItem.AddTo(command, step.Written);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    /// <summary>Forgets which records were seen, before and after a source is read to its end. One round trip.
    /// </summary>
    public async Task ForgetSeenAsync(SyncScope scope, long fence, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(scope.Project);
        About(
                batch.Add(
                    """
                    DELETE FROM scheduling.sync_seen
                    WHERE project_id = @project AND sync_source_id = @source AND target = @target AND EXISTS (
                        SELECT FROM scheduling.sync_source
                        WHERE project_id = @project AND sync_source_id = @source AND fence = @fence)
                    """
                ),
                scope
            )
            .With("fence", fence);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// Forgets what was seen of a dataset and what waits for it: another one has its name now. One round trip.
    /// </summary>
    public async Task ForgetTargetAsync(SyncScope scope, long fence, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(scope.Project);
        About(
                batch.Add(
                    """
                    WITH held AS (
                        SELECT FROM scheduling.sync_source
                        WHERE project_id = @project AND sync_source_id = @source AND fence = @fence
                        FOR SHARE
                    ), seen AS (
                        DELETE FROM scheduling.sync_seen
                        WHERE project_id = @project AND sync_source_id = @source AND target = @target
                            AND EXISTS (SELECT FROM held)
                    ), noted AS (
                        UPDATE scheduling.sync_dead_letter SET written_value = NULL
                        WHERE project_id = @project AND sync_source_id = @source AND target = @target AND NOT waiting
                            AND written_value IS NOT NULL AND EXISTS (SELECT FROM held)
                    )
                    DELETE FROM scheduling.sync_dead_letter
                    WHERE project_id = @project AND sync_source_id = @source AND target = @target AND waiting
                        AND EXISTS (SELECT FROM held)
                    """
                ),
                scope
            )
            .With("fence", fence);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// Forgets how far syncs are into branches that are gone for good, and what was seen there; dead letters stay. One
    /// round trip, and at most so many rows of what was seen.
    /// </summary>
    /// <returns>How many rows; 0: there is nothing more.</returns>
    public async Task<long> ForgetGoneAsync(ProjectId project, int limit, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        // One statement sees one state: what a sync has seen in a new branch of the name is not there without it.
        batch
            .Add(
                """
                WITH gone AS (
                    SELECT DISTINCT p.sync_source_id, p.target FROM scheduling.sync_progress AS p
                    WHERE p.project_id = @project AND NOT EXISTS (
                        SELECT FROM branching.branch AS b
                        -- projects/lab/branches/study/datasets/weather
                        WHERE b.project_id = @project AND b.name = split_part(p.target, '/', 4))
                    LIMIT 100
                ), old AS (
                    SELECT s.sync_source_id, s.target, s.record FROM gone AS g
                    JOIN scheduling.sync_seen AS s
                        ON s.project_id = @project AND s.sync_source_id = g.sync_source_id AND s.target = g.target
                    LIMIT @limit
                ), seen AS (
                    DELETE FROM scheduling.sync_seen AS s USING old AS o
                    WHERE s.project_id = @project AND s.sync_source_id = o.sync_source_id AND s.target = o.target
                        AND s.record = o.record
                    RETURNING true
                ), places AS (
                    -- Last: they say where there is something to forget.
                    DELETE FROM scheduling.sync_progress AS p USING gone AS g
                    WHERE p.project_id = @project AND p.sync_source_id = g.sync_source_id AND p.target = g.target
                        AND NOT EXISTS (SELECT FROM old)
                    RETURNING true
                )
                SELECT (SELECT count(*) FROM seen) + (SELECT count(*) FROM places)
                """
            )
            .With("project", project.Value)
            .With("limit", limit);
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                return reader.GetInt64(0);
            },
            cancellationToken
        );
    }

    /// <summary>Which of these records were not seen. One round trip.</summary>
    /// <param name="records">SHA-256 of their ids.</param>
    /// <returns>Their indexes, in order.</returns>
    public async Task<IReadOnlyList<int>> ListUnseenAsync(
        SyncScope scope,
        byte[][] records,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(scope.Project);
        About(
                batch.Add(
                    """
                    SELECT (asked.place - 1)::integer FROM unnest(@records) WITH ORDINALITY AS asked (record, place)
                    WHERE NOT EXISTS (
                        SELECT FROM scheduling.sync_seen AS s
                        WHERE s.project_id = @project AND s.sync_source_id = @source AND s.target = @target
                            AND s.record = asked.record)
                    ORDER BY asked.place
                    """
                ),
                scope
            )
            .With("records", NpgsqlDbType.Array | NpgsqlDbType.Bytea, records);
        return await batch.ReadRowsAsync(row => row.GetInt32(0), cancellationToken);
    }

    /// <summary>Forgets a backfill that has ended. One round trip.</summary>
    public async Task ForgetBackfillAsync(SyncScope scope, long fence, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(scope.Project);
        About(
                batch.Add(
                    """
                    DELETE FROM scheduling.sync_progress
                    WHERE project_id = @project AND sync_source_id = @source AND target = @target
                        AND backfill = @backfill AND backfill <> '' AND EXISTS (
                            SELECT FROM scheduling.sync_source
                            WHERE project_id = @project AND sync_source_id = @source AND fence = @fence)
                    """
                ),
                scope
            )
            .With("fence", fence);
        await batch.ExecuteAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, SyncScope scope) =>
        command
            .With("project", scope.Project.Value)
            .With("source", scope.Source)
            .With("target", scope.Dataset)
            .With("backfill", scope.Backfill);
}

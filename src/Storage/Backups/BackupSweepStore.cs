using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Npgsql;

namespace Dendrite.Storage.Backups;

/// <summary>
/// What is to be removed from stores, and who does it: one at a time for a project's part of a store, and never while a
/// backup is being made there, which may count on any object. Thread-safe.
/// </summary>
public sealed class BackupSweepStore(PlatformDatabase database)
{
    /// <summary>
    /// Marks a backup to be removed: it is listed no more, and its objects go with the next sweep. One round trip, more
    /// for a repeated request.
    /// </summary>
    /// <exception cref="DendriteException">BACKUP_NOT_FOUND; REQUEST_ID_REUSED.</exception>
    public async Task DeleteAsync(
        ProjectId project,
        BackupKey key,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var requests = new IdempotencyStore(database);
        try
        {
            await using var batch = database.CreateBatch(project);
            var command = BackupStore.About(
                batch.Add(
                    $"""
                    WITH b AS (
                        UPDATE scheduling.backup SET state = 'deleting'
                        WHERE project_id = @project AND plan_name = @plan AND name = @name AND state = 'complete'
                        RETURNING *
                    ), changed AS (SELECT convert_to(b.name, 'UTF8') AS outcome FROM b), {IdempotencyStore.Recording}
                    SELECT {BackupStore.RecordColumns} FROM b
                    """
                ),
                project,
                key
            );
            IdempotencyStore.WithMutation(command, mutation);
            if (await batch.ReadRowAsync(BackupStore.Read, cancellationToken) is not null)
            {
                return;
            }
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            // Answered below.
        }

        if (await requests.FindAsync(project, mutation, cancellationToken) is null)
        {
            await requests.RememberMissingAsync(project, mutation, cancellationToken);
            throw BackupStore.NoSuchBackup(key.Name);
        }
    }

    /// <summary>
    /// Marks what expired, and the backups whose operations ended without them; and sets back the leases that a clock
    /// that was ahead left, for no backup is made while one holds. One round trip.
    /// </summary>
    /// <param name="lease">For how long a store is taken at a time.</param>
    /// <returns>The stores in which something is to be removed.</returns>
    public async Task<IReadOnlyList<string>> MarkAsync(
        ProjectId project,
        TimeSpan lease,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                WITH held AS (
                    -- Whoever still sweeps renews that.
                    UPDATE scheduling.backup_sweep SET lease_until = clock_timestamp() + @lease
                    WHERE project_id = @project
                        AND lease_until > clock_timestamp() + @lease + {SetBackStore.Apart}
                ), expired AS (
                    UPDATE scheduling.backup SET state = 'deleting'
                    WHERE project_id = @project AND state = 'complete' AND expire_time <= statement_timestamp()
                    RETURNING store
                ), lost AS (
                    UPDATE scheduling.backup b SET state = 'failed'
                    WHERE b.project_id = @project AND b.state = 'running' AND NOT EXISTS (
                        SELECT FROM branching.operation o
                        WHERE o.project_id = @project AND o.operation_id = b.operation_id AND o.end_time IS NULL)
                    RETURNING store
                )
                SELECT DISTINCT store FROM (
                    SELECT store FROM expired UNION ALL SELECT store FROM lost
                    UNION ALL
                    SELECT b.store FROM scheduling.backup b
                    WHERE b.project_id = @project AND b.state IN ('failed', 'deleting')
                ) AS stores
                """
            )
            .With("project", project.Value)
            .With("lease", lease);
        return await batch.ReadRowsAsync(row => row.GetString(0), cancellationToken);
    }

    /// <summary>
    /// Takes a project's part of a store, or keeps it for longer. False: a backup is being made there, or somebody else
    /// is at it. One round trip.
    /// </summary>
    public async Task<bool> TakeAsync(
        ProjectId project,
        string store,
        string holder,
        TimeSpan lease,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        BackupStore.AddStoreLock(batch, project, store);
        batch
            .Add(
                """
                INSERT INTO scheduling.backup_sweep AS s (project_id, store, holder, lease_until)
                SELECT @project, @store, @holder, clock_timestamp() + @lease
                WHERE NOT EXISTS (
                    SELECT FROM scheduling.backup b
                    WHERE b.project_id = @project AND b.store = @store AND b.state = 'running')
                ON CONFLICT (project_id, store) DO UPDATE
                SET holder = excluded.holder, lease_until = excluded.lease_until
                WHERE s.holder = excluded.holder OR s.lease_until <= clock_timestamp()
                RETURNING true
                """
            )
            .With("project", project.Value)
            .With("store", store)
            .With("holder", holder)
            .With("lease", lease);
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                return await reader.ReadAsync(token);
            },
            cancellationToken
        );
    }

    /// <summary>The backups in a store that are to go. One round trip.</summary>
    public async Task<IReadOnlyList<BackupRecord>> ListGoingAsync(
        ProjectId project,
        string store,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {BackupStore.RecordColumns} FROM scheduling.backup b
                WHERE b.project_id = @project AND b.store = @store AND b.state IN ('failed', 'deleting')
                """
            )
            .With("project", project.Value)
            .With("store", store);
        return await batch.ReadRowsAsync(BackupStore.Read, cancellationToken);
    }

    /// <summary>Forgets backups whose objects are gone, and gives the store back. One round trip.</summary>
    public async Task EndAsync(
        ProjectId project,
        string store,
        string holder,
        IReadOnlyCollection<BackupRecord> gone,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        foreach (var backup in gone)
        {
            BackupStore.About(
                batch.Add("SELECT scheduling.release_states(@plan, @name) WHERE @project IS NOT NULL"),
                project,
                new(backup.Plan, backup.Name)
            );
            BackupStore.About(
                batch.Add(
                    """
                    DELETE FROM scheduling.backup WHERE project_id = @project AND plan_name = @plan AND name = @name
                        AND state IN ('failed', 'deleting')
                    """
                ),
                project,
                new(backup.Plan, backup.Name)
            );
        }

        batch
            .Add(
                """
                DELETE FROM scheduling.backup_sweep
                WHERE project_id = @project AND store = @store AND holder = @holder
                """
            )
            .With("project", project.Value)
            .With("store", store)
            .With("holder", holder);
        await batch.ExecuteAsync(cancellationToken);
    }
}

using Dendrite.Errors;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Backups;

/// <summary>The backups that the database knows of. Thread-safe.</summary>
public sealed class BackupStore(PlatformDatabase database)
{
    private const string Columns = """
        b.plan_name, b.name, b.store, b.state, b.create_time, b.complete_time, b.verify_time, b.expire_time,
        b.total_bytes, b.added_bytes, b.digest, b.items::text
        """;

    private const string One = "b.project_id = @project AND b.plan_name = @plan AND b.name = @name";

    /// <summary>
    /// Begins the backup of an operation, or gives the one that it began before. Null while somebody has the store to
    /// himself to remove what nothing refers to: try again a little later. One round trip.
    /// </summary>
    public async Task<BackupRecord?> BeginAsync(
        ProjectId project,
        BackupRecord backup,
        string operation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        AddStoreLock(batch, project, backup.Store);
        About(
                batch.Add(
                    $"""
                    WITH begun AS (
                        INSERT INTO scheduling.backup (
                            project_id, plan_name, name, store, operation_id, state, create_time)
                        SELECT @project, @plan, @name, @store, @operation, 'running', @time
                        WHERE NOT EXISTS (
                            SELECT FROM scheduling.backup_sweep s
                            WHERE s.project_id = @project AND s.store = @store
                                AND s.lease_until > clock_timestamp())
                        ON CONFLICT (project_id, operation_id) DO NOTHING
                        RETURNING *
                    )
                    SELECT {Columns} FROM begun AS b
                    UNION ALL
                    SELECT {Columns} FROM scheduling.backup b
                    WHERE b.project_id = @project AND b.operation_id = @operation
                    """
                ),
                project,
                new(backup.Plan, backup.Name)
            )
            .With("store", backup.Store)
            .With("operation", operation)
            .With("time", backup.CreateTime.ToUniversalTime());
        return await ReadSecondAsync(batch, cancellationToken);
    }

    /// <summary>Null where there is none, or it is not complete. One round trip.</summary>
    public async Task<BackupRecord?> FindAsync(ProjectId project, BackupKey key, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        About(
            batch.Add($"SELECT {Columns} FROM scheduling.backup b WHERE {One} AND b.state = 'complete'"),
            project,
            key
        );
        return await batch.ReadRowAsync(Read, cancellationToken);
    }

    /// <exception cref="DendriteException">BACKUP_NOT_FOUND.</exception>
    public async Task<BackupRecord> GetAsync(ProjectId project, BackupKey key, CancellationToken cancellationToken) =>
        await FindAsync(project, key, cancellationToken) ?? throw NoSuchBackup(key.Name);

    /// <summary>A page of complete backups of a plan, newest first. One round trip.</summary>
    /// <param name="before">The last name of the page before; null for the first.</param>
    public async Task<IReadOnlyList<BackupRecord>> ListAsync(
        ProjectId project,
        string plan,
        string? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {Columns} FROM scheduling.backup b
                WHERE b.project_id = @project AND b.plan_name = @plan AND b.state = 'complete'
                    AND (@before IS NULL OR b.name < @before)
                ORDER BY b.name DESC LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("plan", plan)
            .With("before", NpgsqlDbType.Text, before)
            .With("limit", limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>The newest complete backup in a store, of any plan; null where there is none. One round trip.</summary>
    public async Task<BackupRecord?> FindNewestAsync(
        ProjectId project,
        string store,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {Columns} FROM scheduling.backup b
                WHERE b.project_id = @project AND b.store = @store AND b.state = 'complete'
                ORDER BY b.create_time DESC LIMIT 1
                """
            )
            .With("project", project.Value)
            .With("store", store);
        return await batch.ReadRowAsync(Read, cancellationToken);
    }

    /// <summary>
    /// Says that a backup is complete, and lets go of the states that it held; when it expires follows from its plan as
    /// that is now. One round trip.
    /// </summary>
    public async Task<BackupRecord> CompleteAsync(
        ProjectId project,
        CompleteBackup made,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        About(
                batch.Add(
                    $"""
                    UPDATE scheduling.backup b SET state = 'complete', complete_time = statement_timestamp(),
                        verify_time = @verified, digest = @digest, total_bytes = @total, added_bytes = @added,
                        items = @items,
                        expire_time = b.create_time + (
                            SELECT p.keep FROM scheduling.backup_plan p
                            WHERE p.project_id = b.project_id AND p.name = b.plan_name)
                    WHERE {One} AND b.state IN ('running', 'complete')
                    RETURNING {Columns}
                    """
                ),
                project,
                made.Key
            )
            .With("verified", NpgsqlDbType.TimestampTz, made.VerifyTime)
            .With("digest", made.Digest)
            .With("total", made.TotalBytes)
            .With("added", made.AddedBytes)
            .With("items", NpgsqlDbType.Jsonb, made.ItemsJson);
        // In the same transaction: nobody comes back to a complete backup to let go for it.
        batch
            .Add("SELECT scheduling.release_states(@plan, @name)")
            .With("plan", made.Key.Plan)
            .With("name", made.Key.Name);
        return await batch.ReadRowAsync(Read, cancellationToken) ?? throw NoSuchBackup(made.Key.Name);
    }

    /// <summary>Takes in a backup that a store holds; one that is known stays as it is. One round trip.</summary>
    public async Task AdoptAsync(ProjectId project, BackupRecord found, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        About(
                batch.Add(
                    """
                    INSERT INTO scheduling.backup (
                        project_id, plan_name, name, store, state, create_time, complete_time, digest, total_bytes,
                        items)
                    VALUES (@project, @plan, @name, @store, 'complete', @time, statement_timestamp(), @digest, @total,
                        @items)
                    ON CONFLICT DO NOTHING
                    """
                ),
                project,
                new(found.Plan, found.Name)
            )
            .With("store", found.Store)
            .With("time", found.CreateTime.ToUniversalTime())
            .With("digest", found.Digest!)
            .With("total", found.TotalBytes)
            .With("items", NpgsqlDbType.Jsonb, found.ItemsJson);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>It was read back and found whole. One round trip.</summary>
    public Task VerifiedAsync(ProjectId project, BackupKey key, CancellationToken cancellationToken) =>
        ChangeAsync(
            project,
            key,
            "SET verify_time = statement_timestamp() WHERE b.state = 'complete' AND",
            cancellationToken
        );

    /// <summary>Its operation ended without it. One round trip.</summary>
    public Task FailAsync(ProjectId project, BackupKey key, CancellationToken cancellationToken) =>
        ChangeAsync(project, key, "SET state = 'failed' WHERE b.state = 'running' AND", cancellationToken);

    private async Task ChangeAsync(ProjectId project, BackupKey key, string change, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        About(batch.Add($"UPDATE scheduling.backup b {change} {One}"), project, key);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>BACKUP_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchBackup(string name) =>
        new(
            ErrorReason.BackupNotFound,
            $"Backup '{name}' does not exist or is not complete; list the backups of the plan."
        );

    /// <summary>
    /// Who begins a backup and who begins to sweep wait for each other for this moment. Its row is no result.
    /// </summary>
    internal static void AddStoreLock(ProjectBatch batch, ProjectId project, string store) =>
        batch
            .Add("SELECT pg_advisory_xact_lock(hashtextextended('scheduling.backup ' || @store, @project))")
            .With("store", store)
            .With("project", project.Value);

    internal static NpgsqlBatchCommand About(NpgsqlBatchCommand command, ProjectId project, BackupKey key) =>
        command.With("project", project.Value).With("plan", key.Plan).With("name", key.Name);

    private static Task<BackupRecord?> ReadSecondAsync(ProjectBatch batch, CancellationToken cancellationToken) =>
        batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                return await reader.ReadAsync(token) ? Read(reader) : null;
            },
            cancellationToken
        );

    internal static BackupRecord Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2))
        {
            State = Enum.Parse<BackupState>(row.GetString(3), ignoreCase: true),
            CreateTime = row.GetFieldValue<DateTimeOffset>(4),
            CompleteTime = row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5),
            VerifyTime = row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6),
            ExpireTime = row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
            TotalBytes = row.GetInt64(8),
            AddedBytes = row.GetInt64(9),
            Digest = row.IsDBNull(10) ? null : row.GetFieldValue<byte[]>(10),
            ItemsJson = row.GetString(11),
        };

    internal const string RecordColumns = Columns;
}

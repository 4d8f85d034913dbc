using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Backups;

/// <summary>
/// Finds, lists, makes, changes and deletes backup plans. Each change is one statement that also remembers the request
/// and writes the audit. Thread-safe.
/// </summary>
/// <remarks>All changes throw REQUEST_ID_REUSED; those with a revision BACKUP_PLAN_NOT_FOUND and
/// ETAG_MISMATCH.</remarks>
public sealed class BackupPlanStore
{
    private const string NameConstraint = "backup_plan_name_is_taken";

    private const string Columns = """
        p.backup_plan_id, p.name, p.store, p.revision, p.display_name, p.branch_filter, p.tag_filter, p.keep, p.verify,
        p.create_time, p.update_time
        """;

    private readonly PlatformDatabase database;
    private readonly NamedRows<BackupPlanRecord> rows;

    public BackupPlanStore(PlatformDatabase database)
    {
        this.database = database;
        rows = new(
            database,
            new IdempotencyStore(database),
            new("Backup plan", "scheduling.backup_plan", "p", "backup_plan_id", Columns, Read)
            {
                FindById = (project, id, token) => FindAsync(project, "p.backup_plan_id = @id", "", id, token),
                FindByName = FindAsync,
                NoSuch = NoSuchPlan,
            }
        );
    }

    /// <summary>The plan of that name; null where there is none. One round trip.</summary>
    public Task<BackupPlanRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        FindAsync(project, "p.name = @name", name, 0, cancellationToken);

    /// <summary>The plan of that name. One round trip.</summary>
    /// <exception cref="DendriteException">BACKUP_PLAN_NOT_FOUND.</exception>
    public async Task<BackupPlanRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        await FindAsync(project, name, cancellationToken) ?? throw NoSuchPlan(name);

    /// <summary>A page of plans, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public async Task<IReadOnlyList<BackupPlanRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {Columns} FROM scheduling.backup_plan p
                WHERE p.project_id = @project AND p.name > @after ORDER BY p.name LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("after", afterName)
            .With("limit", limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <exception cref="DendriteException">ALREADY_EXISTS.</exception>
    public async Task<BackupPlanRecord> CreateAsync(
        ProjectId project,
        string name,
        BackupPlanChange fields,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var batch = database.CreateBatch(project);
            var command = batch.Add(
                $"""
                WITH p AS (
                    INSERT INTO scheduling.backup_plan (
                        project_id, name, store, display_name, branch_filter, tag_filter, keep, verify)
                    VALUES (@project, @name, @store, coalesce(@display_name, ''), coalesce(@branch_filter, ''),
                        coalesce(@tag_filter, ''), @keep, coalesce(@verify, false))
                    RETURNING *
                ), {rows.Recorded}
                """
            );
            WithFields(command, fields).With("project", project.Value).With("name", name);
            IdempotencyStore.WithMutation(command, mutation);
            return (await batch.ReadRowAsync(Read, cancellationToken))!;
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await rows.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"Backup plan '{name}' exists already: choose another id, or change that one.",
                    failure
                );
        }
    }

    /// <summary>Changes the given fields and no other.</summary>
    public Task<BackupPlanRecord> UpdateAsync(
        ProjectId project,
        BackupPlanTarget target,
        BackupPlanChange change,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Update = """
            UPDATE scheduling.backup_plan SET store = coalesce(@store, store),
                display_name = coalesce(@display_name, display_name),
                branch_filter = coalesce(@branch_filter, branch_filter),
                tag_filter = coalesce(@tag_filter, tag_filter),
                keep = CASE WHEN @sets_keep THEN @keep ELSE keep END, verify = coalesce(@verify, verify),
                update_time = statement_timestamp(), revision = revision + 1
            """;
        return rows.ChangeAsync(
            project,
            (target.Name, target.Revision),
            mutation,
            new(Update, command => WithFields(command, change).With("sets_keep", change.SetsKeep)),
            cancellationToken
        );
    }

    /// <summary>Its backups stay.</summary>
    public Task DeleteAsync(
        ProjectId project,
        BackupPlanTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteAsync(project, (target.Name, target.Revision), mutation, cancellationToken);

    private static DendriteException NoSuchPlan(string name) =>
        new(ErrorReason.BackupPlanNotFound, $"Backup plan '{name}' does not exist; list the plans of the project.");

    private static NpgsqlBatchCommand WithFields(NpgsqlBatchCommand command, BackupPlanChange fields) =>
        command
            .With("store", NpgsqlDbType.Text, fields.Store)
            .With("display_name", NpgsqlDbType.Text, fields.DisplayName)
            .With("branch_filter", NpgsqlDbType.Text, fields.BranchFilter)
            .With("tag_filter", NpgsqlDbType.Text, fields.TagFilter)
            .With("keep", NpgsqlDbType.Interval, fields.Keep)
            .With("verify", NpgsqlDbType.Boolean, fields.Verify);

    private async Task<BackupPlanRecord?> FindAsync(
        ProjectId project,
        string condition,
        string name,
        long id,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add($"SELECT {Columns} FROM scheduling.backup_plan p WHERE p.project_id = @project AND {condition}")
            .With("project", project.Value)
            .With("name", name)
            .With("id", id);
        return await batch.ReadRowAsync(Read, cancellationToken);
    }

    private static BackupPlanRecord Read(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetString(2))
        {
            Revision = row.GetInt64(3),
            DisplayName = row.GetString(4),
            BranchFilter = row.GetString(5),
            TagFilter = row.GetString(6),
            Keep = row.IsDBNull(7) ? null : row.GetTimeSpan(7),
            Verify = row.GetBoolean(8),
            CreateTime = row.GetFieldValue<DateTimeOffset>(9),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(10),
        };
}

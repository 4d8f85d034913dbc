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
public sealed class BackupPlanStore(PlatformDatabase database)
{
    private const string Columns = """
        p.backup_plan_id, p.name, p.store, p.revision, p.display_name, p.branch_filter, p.tag_filter, p.keep, p.verify,
        p.create_time, p.update_time
        """;

    private static readonly NamedTable<BackupPlanRecord> Table = new(
        "Backup plan",
        "scheduling.backup_plan",
        "p",
        "backup_plan_id",
        Columns,
        Read
    )
    {
        NameConstraint = "backup_plan_name_is_taken",
        NoSuch = name =>
            new(ErrorReason.BackupPlanNotFound, $"Backup plan '{name}' does not exist; list the plans of the project."),
    };

    private readonly NamedRows<BackupPlanRecord> rows = new(database, Table);

    /// <summary>The plan of that name; null where there is none. One round trip.</summary>
    public Task<BackupPlanRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.FindAsync(project, name, cancellationToken);

    /// <summary>The plan of that name. One round trip.</summary>
    /// <exception cref="DendriteException">BACKUP_PLAN_NOT_FOUND.</exception>
    public Task<BackupPlanRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>A page of plans, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public Task<IReadOnlyList<BackupPlanRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, afterName, limit, cancellationToken);

    /// <exception cref="DendriteException">ALREADY_EXISTS.</exception>
    public Task<BackupPlanRecord> CreateAsync(
        ProjectId project,
        string name,
        BackupPlanChange fields,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Insert = """
            INSERT INTO scheduling.backup_plan (
                project_id, name, store, display_name, branch_filter, tag_filter, keep, verify)
            VALUES (@project, @name, @store, coalesce(@display_name, ''), coalesce(@branch_filter, ''),
                coalesce(@tag_filter, ''), @keep, coalesce(@verify, false))
            """;
        return rows.CreateAsync(
            project,
            name,
            new(Insert, command => WithFields(command, fields)),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Changes the given fields and no other.</summary>
    public Task<BackupPlanRecord> UpdateAsync(
        ProjectId project,
        RowTarget target,
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
            target,
            new(Update, command => WithFields(command, change).With("sets_keep", change.SetsKeep)),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Its backups stay.</summary>
    /// <param name="resource">Its full name, by which jobs name it.</param>
    /// <exception cref="Errors.DendriteException">RESOURCE_IN_USE: one of them does.</exception>
    public Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        string resource,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteUnusedAsync(project, target, resource, mutation, cancellationToken);

    private static NpgsqlBatchCommand WithFields(NpgsqlBatchCommand command, BackupPlanChange fields) =>
        command
            .With("store", NpgsqlDbType.Text, fields.Store)
            .With("display_name", NpgsqlDbType.Text, fields.DisplayName)
            .With("branch_filter", NpgsqlDbType.Text, fields.BranchFilter)
            .With("tag_filter", NpgsqlDbType.Text, fields.TagFilter)
            .With("keep", NpgsqlDbType.Interval, fields.Keep)
            .With("verify", NpgsqlDbType.Boolean, fields.Verify);

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

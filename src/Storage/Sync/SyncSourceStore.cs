using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Sync;

/// <summary>
/// Finds, lists, makes, changes and deletes sync sources. Each change is one statement that also remembers the request
/// and writes the audit. Thread-safe.
/// </summary>
/// <remarks>All changes throw REQUEST_ID_REUSED; those with a revision SYNC_SOURCE_NOT_FOUND and ETAG_MISMATCH.
/// </remarks>
public sealed class SyncSourceStore(PlatformDatabase database)
{
    private const string Columns = """
        s.sync_source_id, s.name, s.definition::text, s.revision, s.create_time, s.update_time, own.place::text,
        every.sync_time, dead.count
        """;

    // A dead letter that waits is an item of a run that has not given it up.
    private const string Progress = """
         LEFT JOIN LATERAL (
            SELECT place FROM scheduling.sync_progress AS p
            WHERE p.project_id = s.project_id AND p.sync_source_id = s.sync_source_id
                AND p.target = s.definition ->> 'dataset' AND p.backfill = ''
        ) AS own ON true LEFT JOIN LATERAL (
            SELECT max(p.sync_time) AS sync_time FROM scheduling.sync_progress AS p
            WHERE p.project_id = s.project_id AND p.sync_source_id = s.sync_source_id
        ) AS every ON true LEFT JOIN LATERAL (
            SELECT count(*) AS count FROM scheduling.sync_dead_letter AS d
            WHERE d.project_id = s.project_id AND d.sync_source_id = s.sync_source_id AND NOT d.waiting
        ) AS dead ON true
        """;

    private static readonly NamedTable<SyncSourceRecord> Table = new(
        "Sync source",
        "scheduling.sync_source",
        "s",
        "sync_source_id",
        Columns,
        Read
    )
    {
        From = Progress,
        NameConstraint = "sync_source_name_is_taken",
        NoSuch = name =>
            new(
                ErrorReason.SyncSourceNotFound,
                $"Sync source '{name}' does not exist; list the sources of the project."
            ),
    };

    private readonly NamedRows<SyncSourceRecord> rows = new(database, Table);

    /// <summary>The source of that name; null where there is none. One round trip.</summary>
    public Task<SyncSourceRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.FindAsync(project, name, cancellationToken);

    /// <summary>The source of that name. One round trip.</summary>
    /// <exception cref="DendriteException">SYNC_SOURCE_NOT_FOUND.</exception>
    public Task<SyncSourceRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>A page of sources, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public Task<IReadOnlyList<SyncSourceRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, afterName, limit, cancellationToken);

    /// <exception cref="DendriteException">ALREADY_EXISTS.</exception>
    public Task<SyncSourceRecord> CreateAsync(
        ProjectId project,
        string name,
        string definition,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Insert = """
            INSERT INTO scheduling.sync_source (project_id, name, definition) VALUES (@project, @name, @definition)
            """;
        return rows.CreateAsync(
            project,
            name,
            new(Insert, command => command.With("definition", NpgsqlDbType.Jsonb, definition)),
            mutation,
            cancellationToken
        );
    }

    /// <summary>The source that a repeated request was about, as it is now; null where the request is new.</summary>
    public Task<SyncSourceRecord?> FindDoneAsync(
        ProjectId project,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.FindDoneAsync(project, mutation, cancellationToken);

    /// <summary>Replaces what callers set.</summary>
    public Task<SyncSourceRecord> UpdateAsync(
        ProjectId project,
        RowTarget target,
        string definition,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Update = """
            UPDATE scheduling.sync_source SET definition = @definition, update_time = statement_timestamp(),
                revision = revision + 1
            """;
        return rows.ChangeAsync(
            project,
            target,
            new(Update, command => command.With("definition", NpgsqlDbType.Jsonb, definition)),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Deletes a source with its progress and its dead letters.</summary>
    /// <param name="resource">Its full name, by which jobs and workflows name it.</param>
    /// <exception cref="Errors.DendriteException">RESOURCE_IN_USE: one of them does.</exception>
    public Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        string resource,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteUnusedAsync(project, target, resource, mutation, cancellationToken);

    private static SyncSourceRecord Read(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetString(2))
        {
            Revision = row.GetInt64(3),
            CreateTime = row.GetFieldValue<DateTimeOffset>(4),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(5),
            Checkpoint = row.IsDBNull(6) ? null : row.GetString(6),
            SyncTime = row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
            DeadLetterCount = row.GetInt64(8),
        };
}

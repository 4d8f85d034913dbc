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
public sealed class SyncSourceStore
{
    private const string NameConstraint = "sync_source_name_is_taken";

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

    private readonly PlatformDatabase database;
    private readonly NamedRows<SyncSourceRecord> rows;

    public SyncSourceStore(PlatformDatabase database)
    {
        this.database = database;
        rows = new(
            database,
            new IdempotencyStore(database),
            new("Sync source", "scheduling.sync_source", "s", "sync_source_id", Columns, Read)
            {
                From = Progress,
                FindById = (project, id, token) => FindAsync(project, "s.sync_source_id = @id", "", id, token),
                FindByName = FindAsync,
                NoSuch = NoSuchSource,
            }
        );
    }

    /// <summary>The source of that name; null where there is none. One round trip.</summary>
    public Task<SyncSourceRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        FindAsync(project, "s.name = @name", name, 0, cancellationToken);

    /// <summary>The source of that name. One round trip.</summary>
    /// <exception cref="DendriteException">SYNC_SOURCE_NOT_FOUND.</exception>
    public async Task<SyncSourceRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        await FindAsync(project, name, cancellationToken) ?? throw NoSuchSource(name);

    /// <summary>A page of sources, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public async Task<IReadOnlyList<SyncSourceRecord>> ListAsync(
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
                SELECT {Columns} FROM (
                    SELECT * FROM scheduling.sync_source WHERE project_id = @project AND name > @after
                    ORDER BY name LIMIT @limit
                ) AS s{Progress}
                ORDER BY s.name
                """
            )
            .With("project", project.Value)
            .With("after", afterName)
            .With("limit", limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <exception cref="DendriteException">ALREADY_EXISTS.</exception>
    public async Task<SyncSourceRecord> CreateAsync(
        ProjectId project,
        string name,
        string definition,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var batch = database.CreateBatch(project);
            var command = batch
                .Add(
                    $"""
                    WITH s AS (
                        INSERT INTO scheduling.sync_source (project_id, name, definition)
                        VALUES (@project, @name, @definition)
                        RETURNING *
                    ), {rows.Recorded}
                    """
                )
                .With("project", project.Value)
                .With("name", name)
                .With("definition", NpgsqlDbType.Jsonb, definition);
            IdempotencyStore.WithMutation(command, mutation);
            return (await batch.ReadRowAsync(Read, cancellationToken))!;
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await rows.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"Sync source '{name}' exists already: choose another id, or change that one.",
                    failure
                );
        }
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
        SyncSourceTarget target,
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
            (target.Name, target.Revision),
            mutation,
            new(Update, command => command.With("definition", NpgsqlDbType.Jsonb, definition)),
            cancellationToken
        );
    }

    /// <summary>Deletes a source with its progress and its dead letters.</summary>
    public Task DeleteAsync(
        ProjectId project,
        SyncSourceTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteAsync(project, (target.Name, target.Revision), mutation, cancellationToken);

    /// <summary>SYNC_SOURCE_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchSource(string name) =>
        new(ErrorReason.SyncSourceNotFound, $"Sync source '{name}' does not exist; list the sources of the project.");

    private async Task<SyncSourceRecord?> FindAsync(
        ProjectId project,
        string condition,
        string name,
        long id,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {Columns} FROM scheduling.sync_source AS s{Progress}
                WHERE s.project_id = @project AND {condition}
                """
            )
            .With("project", project.Value)
            .With("name", name)
            .With("id", id);
        return await batch.ReadRowAsync(Read, cancellationToken);
    }

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

using Dendrite.Errors;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Quality;

/// <summary>
/// Finds, lists, makes, changes and deletes quality checks. Each change is one statement that also remembers the
/// request and writes the audit. Thread-safe.
/// </summary>
/// <remarks>All changes throw REQUEST_ID_REUSED; those with a revision QUALITY_CHECK_NOT_FOUND and
/// ETAG_MISMATCH.</remarks>
public sealed class QualityCheckStore(PlatformDatabase database)
{
    /// <summary>All of them can be asked to run at once. Two that come at once may both be the last.</summary>
    public const int MaxChecks = 100;

    private const string Columns = """
        q.quality_check_id, q.name, q.rule::text, q.revision, q.display_name, q.stream_filter, q.required_for_merge,
        q.create_time, q.update_time
        """;

    private static readonly NamedTable<QualityCheckRecord> Table = new(
        "Quality check",
        "comparison.quality_check",
        "q",
        "quality_check_id",
        Columns,
        Read
    )
    {
        NameConstraint = "quality_check_name_is_taken",
        NoSuch = NoSuchCheck,
        Full = $"The project has {MaxChecks} quality checks already; delete one that nobody runs.",
    };

    private readonly NamedRows<QualityCheckRecord> rows = new(database, Table);

    /// <summary>The check of that name. One round trip.</summary>
    /// <exception cref="DendriteException">QUALITY_CHECK_NOT_FOUND.</exception>
    public Task<QualityCheckRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>A page of checks, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public Task<IReadOnlyList<QualityCheckRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, afterName, limit, cancellationToken);

    /// <summary>
    /// The checks that a merge into a branch needs, by name; none where it is not protected. One round trip, one index
    /// probe where the project requires none.
    /// </summary>
    public async Task<IReadOnlyList<QualityCheckRecord>> ListRequiredAsync(
        ProjectId project,
        BranchId branch,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {Columns} FROM comparison.quality_check q
                WHERE q.project_id = @project AND q.required_for_merge AND EXISTS (
                    SELECT FROM branching.branch b
                    WHERE b.project_id = @project AND b.branch_id = @branch AND b.protected)
                ORDER BY q.name
                """
            )
            .With("project", project.Value)
            .With("branch", branch.Value);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <exception cref="DendriteException">ALREADY_EXISTS; QUOTA_EXCEEDED.</exception>
    public Task<QualityCheckRecord> CreateAsync(
        ProjectId project,
        string name,
        QualityCheckChange fields,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Insert = """
            INSERT INTO comparison.quality_check (
                project_id, name, rule, display_name, stream_filter, required_for_merge)
            SELECT @project, @name, @rule, coalesce(@display_name, ''), coalesce(@stream_filter, ''),
                coalesce(@required, false)
            WHERE (SELECT count(*) FROM comparison.quality_check WHERE project_id = @project) < @most
            """;
        return rows.CreateAsync(
            project,
            name,
            new(Insert, command => WithFields(command, fields).With("most", MaxChecks)),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Changes the given fields and no other.</summary>
    public Task<QualityCheckRecord> UpdateAsync(
        ProjectId project,
        RowTarget target,
        QualityCheckChange change,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Update = """
            UPDATE comparison.quality_check SET rule = coalesce(@rule, rule),
                display_name = coalesce(@display_name, display_name),
                stream_filter = coalesce(@stream_filter, stream_filter),
                required_for_merge = coalesce(@required, required_for_merge),
                update_time = statement_timestamp(), revision = revision + 1
            """;
        return rows.ChangeAsync(
            project,
            target,
            new(Update, command => WithFields(command, change)),
            mutation,
            cancellationToken
        );
    }

    public Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteAsync(project, target, mutation, cancellationToken);

    /// <summary>QUALITY_CHECK_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchCheck(string name) =>
        new(
            ErrorReason.QualityCheckNotFound,
            $"Quality check '{name}' does not exist; list the checks of the project."
        );

    private static NpgsqlBatchCommand WithFields(NpgsqlBatchCommand command, QualityCheckChange fields) =>
        command
            .With("rule", NpgsqlDbType.Jsonb, fields.RuleJson)
            .With("display_name", NpgsqlDbType.Text, fields.DisplayName)
            .With("stream_filter", NpgsqlDbType.Text, fields.StreamFilter)
            .With("required", NpgsqlDbType.Boolean, fields.RequiredForMerge);

    private static QualityCheckRecord Read(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetString(2))
        {
            Revision = row.GetInt64(3),
            DisplayName = row.GetString(4),
            StreamFilter = row.GetString(5),
            RequiredForMerge = row.GetBoolean(6),
            CreateTime = row.GetFieldValue<DateTimeOffset>(7),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(8),
        };
}

using Dendrite.Errors;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Merging;

/// <summary>Keeps merges: those that were done, and those that wait for decisions. Thread-safe.</summary>
public sealed class MergeStore(PlatformDatabase database)
{
    private const string Columns = $"""
        m.merge_id, m.source_branch_id, m.target_branch_id, {MergeFields.SourceName}, {MergeFields.TargetName},
        m.source_point::text, m.policy::text, m.message, m.creator, m.state, m.source_version, m.target_version,
        m.counts::text, m.revision, m.create_time, m.end_time, m.commit_version
        """;

    private const string From = """
        branching.merge m
        LEFT JOIN branching.branch source ON source.project_id = m.project_id AND source.branch_id = m.source_branch_id
        LEFT JOIN branching.branch target ON target.project_id = m.project_id AND target.branch_id = m.target_branch_id
        """;

    /// <summary>
    /// Demands that no other merge of the same state of one branch into the other waits: people would decide in two
    /// places. Until the transaction ends nobody else opens one.
    /// </summary>
    /// <exception cref="DendriteException">ALREADY_EXISTS, with the one that waits.</exception>
    public static async Task DemandNoneWaitsAsync(
        ProjectSession session,
        MergeSubject subject,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add("SELECT pg_advisory_xact_lock(hashtextextended(format('branching.merge %s %s', @source, @target), 0))")
            .With("source", subject.Source.Value)
            .With("target", subject.Target.Value);
        // A statement of its own: it sees what was committed while the first one waited.
        batch
            .Add(
                """
                SELECT merge_id, creator FROM branching.merge
                WHERE project_id = @project AND source_branch_id = @source AND target_branch_id = @target
                    AND end_time IS NULL AND source_point IS NOT DISTINCT FROM @point
                ORDER BY merge_id DESC LIMIT 1
                """
            )
            .With("project", session.Project.Value)
            .With("source", subject.Source.Value)
            .With("target", subject.Target.Value)
            .With("point", NpgsqlDbType.Jsonb, subject.SourcePointJson);
        var waiting = await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                return await reader.ReadAsync(token)
                    ? ((MergeId Id, string Creator)?)(new(reader.GetInt64(0)), reader.GetString(1))
                    : null;
            },
            cancellationToken
        );
        if (waiting is { } other)
        {
            throw new DendriteException(
                ErrorReason.AlreadyExists,
                $"Merge {other.Id} of '{subject.SourceName}' into '{subject.TargetName}' waits already, opened by "
                    + $"{other.Creator}: decide its conflicts and complete it, or abandon it."
            )
            {
                Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["merge"] = $"{other.Id}" },
            };
        }
    }

    /// <summary>Adds a merge in a transaction.</summary>
    /// <param name="commit">The commit that it made in this transaction; null: it waits.</param>
    public static async Task<MergeId> AddAsync(
        ProjectSession session,
        MergeSubject subject,
        MergeProgress progress,
        CommitVersion? commit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                """
                INSERT INTO branching.merge (
                    project_id, source_branch_id, target_branch_id, source_name, target_name, source_point,
                    source_version, target_version, policy, state, counts, message, creator, end_time, commit_version)
                VALUES (
                    @project, @source, @target, @source_name, @target_name, @point,
                    @source_version, @target_version, @policy, @state, @counts, @message, @creator,
                    CASE WHEN @commit IS NOT NULL THEN statement_timestamp() END, @commit)
                RETURNING merge_id
                """
            )
            .With("project", session.Project.Value)
            .With("source", subject.Source.Value)
            .With("target", subject.Target.Value)
            .With("source_name", subject.SourceName)
            .With("target_name", subject.TargetName)
            .With("point", NpgsqlDbType.Jsonb, subject.SourcePointJson)
            .With("source_version", progress.SourceVersion.Value)
            .With("target_version", progress.TargetVersion.Value)
            .With("policy", NpgsqlDbType.Jsonb, subject.PolicyJson)
            .With("state", progress.State.ToString().ToLowerInvariant())
            .With("counts", NpgsqlDbType.Jsonb, progress.CountsJson)
            .With("message", subject.Message)
            .With("creator", subject.Creator)
            .With("commit", NpgsqlDbType.Bigint, commit?.Value);
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                return new MergeId(reader.GetInt64(0));
            },
            cancellationToken
        );
    }

    /// <summary>Moves a merge on, if it has not been changed since it was read.</summary>
    /// <param name="commit">The commit that it made in this transaction; null: none.</param>
    /// <exception cref="DendriteException">ETAG_MISMATCH.</exception>
    public static async Task UpdateAsync(
        ProjectSession session,
        MergeRecord merge,
        MergeProgress progress,
        CommitVersion? commit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                """
                UPDATE branching.merge SET state = @state, source_version = @source_version,
                    target_version = @target_version, counts = @counts, commit_version = @commit,
                    end_time = CASE WHEN @state IN ('completed', 'abandoned') THEN statement_timestamp() END,
                    revision = revision + 1
                WHERE project_id = @project AND merge_id = @merge AND revision = @revision
                    AND state IN ('waiting', 'ready')
                RETURNING merge_id
                """
            )
            .With("project", session.Project.Value)
            .With("merge", merge.Id.Value)
            .With("revision", merge.Revision)
            .With("state", progress.State.ToString().ToLowerInvariant())
            .With("source_version", progress.SourceVersion.Value)
            .With("target_version", progress.TargetVersion.Value)
            .With("counts", NpgsqlDbType.Jsonb, progress.CountsJson)
            .With("commit", NpgsqlDbType.Bigint, commit?.Value);
        if (!await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken))
        {
            throw new DendriteException(
                ErrorReason.EtagMismatch,
                $"Merge {merge.Id} was changed by somebody else meanwhile; read it again and retry."
            );
        }
    }

    /// <summary>Keeps decisions; a later one about the same conflict replaces the earlier.</summary>
    public static async Task DecideAsync(
        ProjectSession session,
        MergeId merge,
        IReadOnlyList<MergeDecision> decisions,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                """
                INSERT INTO branching.merge_decision (project_id, merge_id, conflict_id, resolution, resolver)
                SELECT @project, @merge, decided.conflict_id, decided.resolution::jsonb, decided.resolver
                FROM unnest(@conflicts, @resolutions, @resolvers) AS decided (conflict_id, resolution, resolver)
                ON CONFLICT (project_id, merge_id, conflict_id) DO UPDATE
                SET resolution = excluded.resolution, resolver = excluded.resolver, resolve_time = statement_timestamp()
                """
            )
            .With("project", session.Project.Value)
            .With("merge", merge.Value)
            .With("conflicts", decisions.Select(decision => decision.ConflictId).ToArray())
            .With("resolutions", decisions.Select(decision => decision.ResolutionJson).ToArray())
            .With("resolvers", decisions.Select(decision => decision.Resolver).ToArray());
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>The merge. One round trip.</summary>
    /// <exception cref="DendriteException">MERGE_NOT_FOUND.</exception>
    public async Task<MergeRecord> GetAsync(ProjectId project, MergeId id, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add($"SELECT {Columns} FROM {From} WHERE m.project_id = @project AND m.merge_id = @merge")
            .With("project", project.Value)
            .With("merge", id.Value);
        return await batch.ReadRowAsync(Read, cancellationToken)
            ?? throw new DendriteException(
                ErrorReason.MergeNotFound,
                $"Merge {id} does not exist; list the merges of the project."
            );
    }

    /// <summary>A page of merges, newest first. One round trip.</summary>
    public async Task<IReadOnlyList<MergeRecord>> ListAsync(
        ProjectId project,
        MergeQuery query,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        RowConditionSql
            .AddTo(
                batch,
                query.Filter,
                filter =>
                    $"""
                        SELECT {Columns} FROM {From}
                        WHERE m.project_id = @project AND m.merge_id < @before AND {filter}
                        ORDER BY m.merge_id DESC LIMIT @limit
                        """
            )
            .With("project", project.Value)
            .With("before", query.Before?.Value ?? long.MaxValue)
            .With("limit", query.Limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>All decisions of a merge. One round trip.</summary>
    public async Task<IReadOnlyList<MergeDecision>> ListDecisionsAsync(
        ProjectId project,
        MergeId merge,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT conflict_id, resolution::text, resolver, resolve_time FROM branching.merge_decision
                WHERE project_id = @project AND merge_id = @merge ORDER BY conflict_id
                """
            )
            .With("project", project.Value)
            .With("merge", merge.Value);
        return await batch.ReadRowsAsync(
            row => new MergeDecision(
                row.GetString(0),
                row.GetString(1),
                row.GetString(2),
                row.GetFieldValue<DateTimeOffset>(3)
            ),
            cancellationToken
        );
    }

    /// <summary>Remembers in the transaction that a request is done, with the version or merge that it made.</summary>
    public static Task RememberAsync(
        ProjectSession session,
        Mutation mutation,
        long outcome,
        CancellationToken cancellationToken
    )
    {
        var bytes = new byte[sizeof(long)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, outcome);
        return RememberAsync(session, mutation, bytes, cancellationToken);
    }

    /// <summary>The same with all that it takes to answer the request again.</summary>
    public static async Task RememberAsync(
        ProjectSession session,
        Mutation mutation,
        byte[] outcome,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        IdempotencyStore.AddTo(batch, mutation, outcome);
        await batch.ExecuteAsync(cancellationToken);
    }

    private static MergeRecord Read(NpgsqlDataReader row) =>
        new(
            new(row.GetInt64(0)),
            new(new(row.GetInt64(1)), new(row.GetInt64(2)), row.GetString(3), row.GetString(4))
            {
                SourcePointJson = row.IsDBNull(5) ? null : row.GetString(5),
                PolicyJson = row.GetString(6),
                Message = row.GetString(7),
                Creator = row.GetString(8),
            },
            new(
                Enum.Parse<MergeState>(row.GetString(9), ignoreCase: true),
                new(row.GetInt64(10)),
                new(row.GetInt64(11)),
                row.GetString(12)
            ),
            row.GetInt64(13)
        )
        {
            CreateTime = row.GetFieldValue<DateTimeOffset>(14),
            EndTime = row.IsDBNull(15) ? null : row.GetFieldValue<DateTimeOffset>(15),
            Commit = row.IsDBNull(16) ? null : new(row.GetInt64(16)),
        };
}

/// <summary>Which merges to list.</summary>
public sealed record MergeQuery(int Limit)
{
    /// <summary>Only merges before this one: the last of the page before.</summary>
    public MergeId? Before { get; init; }

    public RowCondition Filter { get; init; } = RowCondition.All();
}

/// <summary>What lists of merges are filtered by.</summary>
public static class MergeFields
{
    /// <summary>
    /// The name of the branch now; of a purged one, what it was called last, or when the merge was opened.
    /// </summary>
    internal const string SourceName = """
        coalesce(source.name, (
            SELECT max(t.branch_name) FROM branching.timeline t
            WHERE t.project_id = m.project_id AND t.branch_id = m.source_branch_id), m.source_name)
        """;

    /// <summary>The same of the target.</summary>
    internal const string TargetName = """
        coalesce(target.name, (
            SELECT max(t.branch_name) FROM branching.timeline t
            WHERE t.project_id = m.project_id AND t.branch_id = m.target_branch_id), m.target_name)
        """;

    public static RowField State { get; } = new("m.state", NpgsqlDbType.Text);

    public static RowField Source { get; } = new(SourceName, NpgsqlDbType.Text);

    public static RowField Target { get; } = new(TargetName, NpgsqlDbType.Text);

    public static RowField Creator { get; } = new("m.creator", NpgsqlDbType.Text);

    public static RowField CreateTime { get; } = new("m.create_time", NpgsqlDbType.TimestampTz);
}

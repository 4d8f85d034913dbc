using System.Text.Json;
using Dendrite.Storage.Filtering;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Quality;

/// <summary>Keeps what checks found, and lists it. Thread-safe.</summary>
public sealed class QualityResultStore(PlatformDatabase database)
{
    /// <summary>Keeps a result; one that is there already stays as it is. One round trip.</summary>
    public async Task AddAsync(ProjectId project, QualityResultRecord result, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                INSERT INTO comparison.quality_result (
                    project_id, quality_result_id, branch, snapshot_digest, passed, content, create_time, rules)
                VALUES (@project, @id, @branch, @digest, @passed, @content, @create_time, @rules)
                ON CONFLICT DO NOTHING
                """
            )
            .With("project", project.Value)
            .With("id", result.Id)
            .With("branch", result.Branch)
            .With("digest", result.SnapshotDigest)
            .With("passed", result.Passed)
            .With("content", result.Content)
            .With("create_time", NpgsqlDbType.TimestampTz, result.CreateTime)
            .With("rules", NpgsqlDbType.Jsonb, result.Rules is null ? null : JsonSerializer.Serialize(result.Rules));
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>A page of results, newest first. One round trip.</summary>
    /// <param name="after">The last one of the page before; null for the first.</param>
    public async Task<IReadOnlyList<QualityResultRecord>> ListAsync(
        ProjectId project,
        RowCondition filter,
        TimedPlace? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        RowConditionSql
            .AddTo(
                batch,
                filter,
                condition =>
                    $"""
                        SELECT quality_result_id, branch, snapshot_digest, passed, content, create_time, rules
                        FROM comparison.quality_result AS r
                        WHERE project_id = @project AND {condition}
                            AND (@after_id IS NULL OR (create_time, quality_result_id) < (@after_time, @after_id))
                        ORDER BY create_time DESC, quality_result_id DESC LIMIT @limit
                        """
            )
            .With("project", project.Value)
            .With(after)
            .With("limit", limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>A page of what was found on one state, newest first, whatever branch it was asked of. One round
    /// trip.</summary>
    /// <param name="digest">SHA-256 of the version vector, 32 bytes.</param>
    /// <param name="after">The last one of the page before; null for the first.</param>
    public async Task<IReadOnlyList<QualityResultRecord>> ListOfStateAsync(
        ProjectId project,
        byte[] digest,
        TimedPlace? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT quality_result_id, branch, snapshot_digest, passed, content, create_time, rules
                FROM comparison.quality_result
                WHERE project_id = @project AND snapshot_digest = @digest
                    AND (@after_id IS NULL OR (create_time, quality_result_id) < (@after_time, @after_id))
                ORDER BY create_time DESC, quality_result_id DESC LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("digest", digest)
            .With(after)
            .With("limit", limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    private static QualityResultRecord Read(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.GetFieldValue<byte[]>(2),
            row.GetBoolean(3),
            row.GetFieldValue<byte[]>(4)
        )
        {
            CreateTime = row.GetFieldValue<DateTimeOffset>(5),
            Rules = row.IsDBNull(6) ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(6)),
        };
}

/// <summary>What checks found on one state.</summary>
/// <param name="Id">That of the operation that made it.</param>
/// <param name="Branch">Id of the branch as it was called then.</param>
/// <param name="SnapshotDigest">SHA-256 of the version vector, 32 bytes.</param>
/// <param name="Content">A serialized <c>dendrite.v1.QualityResult</c>.</param>
public sealed record QualityResultRecord(string Id, string Branch, byte[] SnapshotDigest, bool Passed, byte[] Content)
{
    public required DateTimeOffset CreateTime { get; init; }

    /// <summary>
    /// From the id of each check that was run to the SHA-256 of its rule, in hexadecimal digits; null where it was not
    /// noted.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Rules { get; init; }
}

/// <summary>What results are filtered by.</summary>
public static class QualityResultFields
{
    public static RowField Branch { get; } = new("r.branch", NpgsqlDbType.Text) { IsId = true };

    public static RowField Passed { get; } = new("r.passed", NpgsqlDbType.Boolean);

    public static RowField CreateTime { get; } = new("r.create_time", NpgsqlDbType.TimestampTz);
}

using System.Text.Json;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Commits;

/// <summary>The columns of a commit in every query, and how they are read.</summary>
internal static class CommitRow
{
    /// <summary>
    /// Of <c>c</c> (commit), <c>t</c> (its timeline), <c>b</c> (its branch, or nulls) and <c>merged</c> (see below).
    /// </summary>
    public const string Columns = """
        coalesce(b.name, t.branch_name), c.timeline_id, c.version, c.commit_time, c.author, c.message, c.digest,
        c.kind, c.parent_version, c.parent_hash, c.hash, c.statistics::text, merged.name, merged.version
        """;

    /// <summary>
    /// What joins branch and merged commit to <c>c</c>: of what a merge brought in, the newest commit is that of the
    /// merged branch. It stands in the vector, or in the timeline that the merge absorbed.
    /// </summary>
    public const string Joins = """
        JOIN branching.timeline t ON t.project_id = c.project_id AND t.timeline_id = c.timeline_id
        LEFT JOIN branching.branch b ON b.project_id = c.project_id AND b.branch_id = t.branch_id
        LEFT JOIN LATERAL (
            SELECT coalesce(source.name, line.branch_name) AS name, brought.version
            FROM (
                SELECT e.owner_timeline_id AS timeline_id, e.through_version AS version
                FROM branching.vector_entry e
                WHERE e.project_id = c.project_id AND e.timeline_id = c.timeline_id AND e.since_version = c.version
                UNION ALL
                SELECT a.timeline_id, a.head_version
                FROM branching.timeline a
                WHERE a.project_id = c.project_id AND a.absorbed_into_timeline_id = c.timeline_id
                    AND a.absorbed_at_version = c.version
            ) AS brought
            JOIN branching.timeline line ON line.project_id = c.project_id AND line.timeline_id = brought.timeline_id
            LEFT JOIN branching.branch source
                ON source.project_id = c.project_id AND source.branch_id = line.branch_id
            ORDER BY brought.version DESC
            LIMIT 1
        ) AS merged ON c.kind = 'merge'
        """;

    public static CommitRecord Read(NpgsqlDataReader reader) =>
        new(
            Text(reader, 0),
            new CommitContent(
                new(reader.GetInt64(1)),
                new(reader.GetInt64(2)),
                reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetString(4),
                reader.GetString(5),
                reader.GetFieldValue<byte[]>(6)
            )
        )
        {
            Kind = Enum.Parse<CommitKind>(reader.GetString(7), ignoreCase: true),
            ParentVersion = new(reader.GetInt64(8)),
            ParentHash = reader.GetFieldValue<byte[]>(9),
            Hash = reader.GetFieldValue<byte[]>(10),
            Statistics = JsonSerializer.Deserialize<Dictionary<string, long>>(reader.GetString(11))!,
            Merged = reader.IsDBNull(13) ? null : new(Text(reader, 12), new(reader.GetInt64(13))),
        };

    private static string? Text(NpgsqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : reader.GetString(ordinal);
}

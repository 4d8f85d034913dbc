using System.Text.Json;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Branches;

/// <summary>The columns of a branch in every query, and how they are read.</summary>
internal static class BranchRow
{
    /// <summary>
    /// Of <c>b</c> (branch), <c>t</c> (its timeline) and <c>parent</c> (the branch it was forked from, or nulls).
    /// </summary>
    public const string Columns = """
        b.branch_id, b.name, b.uid, b.timeline_id, b.kind, b.revision, b.display_name, b.description, b.labels::text,
        b.owner, b.protected, parent.name, b.fork_version, b.fork_tag,
        b.experiment_state, b.experiment_time, b.experiment_actor, b.experiment_reason,
        t.head_version, t.head_time, b.create_time, b.update_time,
        b.expire_time, b.archive_time, b.delete_time, b.purge_time, b.restore_time
        """;

    /// <summary>What joins the parent to <c>b</c>, unless that is purged.</summary>
    public static string JoinParent { get; } =
        $"""
            LEFT JOIN branching.branch parent ON parent.project_id = b.project_id
                AND parent.branch_id = b.parent_branch_id AND {IsThere("parent")}
            """;

    /// <summary>What joins timeline and parent to <c>b</c>.</summary>
    public static string Joins { get; } =
        $"""
            JOIN branching.timeline t ON t.project_id = b.project_id AND t.timeline_id = b.timeline_id
            {JoinParent}
            """;

    /// <summary>
    /// Whether a branch is not purged: one that is has a row until maintenance removes it, and no reader finds it.
    /// </summary>
    public static string IsThere(string branch) =>
        $"({branch}.purge_time IS NULL OR {branch}.purge_time > statement_timestamp())";

    public static BranchRecord Read(NpgsqlDataReader reader) =>
        new(new(reader.GetInt64(0)), reader.GetString(1), reader.GetGuid(2), new TimelineId(reader.GetInt64(3)))
        {
            Kind = Enum.Parse<BranchKind>(reader.GetString(4), ignoreCase: true),
            Revision = reader.GetInt64(5),
            DisplayName = reader.GetString(6),
            Description = reader.GetString(7),
            Labels = JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(8))!,
            Owner = reader.GetString(9),
            Protected = reader.GetBoolean(10),
            Fork = reader.IsDBNull(12) ? null : new(Text(reader, 11), new(reader.GetInt64(12)), Text(reader, 13)),
            Experiment = reader.IsDBNull(14)
                ? null
                : new(
                    reader.GetString(14),
                    reader.GetFieldValue<DateTimeOffset>(15),
                    reader.GetString(16),
                    Text(reader, 17)
                ),
            HeadVersion = new(reader.GetInt64(18)),
            HeadTime = Time(reader, 19),
            CreateTime = reader.GetFieldValue<DateTimeOffset>(20),
            UpdateTime = reader.GetFieldValue<DateTimeOffset>(21),
            ExpireTime = Time(reader, 22),
            ArchiveTime = Time(reader, 23),
            DeleteTime = Time(reader, 24),
            PurgeTime = Time(reader, 25),
            RestoreTime = Time(reader, 26),
        };

    private static string? Text(NpgsqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : reader.GetString(ordinal);

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : reader.GetFieldValue<DateTimeOffset>(ordinal);
}

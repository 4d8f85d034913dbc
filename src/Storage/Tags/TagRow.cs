using System.Text.Json;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Npgsql;

namespace Dendrite.Storage.Tags;

/// <summary>The columns of a tag in every query, and how they are read.</summary>
internal static class TagRow
{
    /// <summary>Of <c>g</c> (tag) and <c>b</c> (its branch, or nulls).</summary>
    public const string Columns = """
        g.tag_id, g.name, g.uid, b.name, g.version, g.revision, g.description, g.labels::text, g.metadata::text,
        g.creator, g.create_time, g.update_time
        """;

    /// <summary>What joins the branch to <c>g</c>, unless that is purged.</summary>
    public static readonly string Join = $"""
        LEFT JOIN branching.branch b ON b.project_id = g.project_id AND b.branch_id = g.branch_id
            AND {BranchRow.IsThere("b")}
        """;

    public static readonly NamedTable<TagRecord> Table = new("Tag", "branching.tag", "g", "tag_id", Columns, Read)
    {
        From = $" {Join}",
        NameConstraint = "tag_name_is_taken",
        NoSuch = SnapshotReader.NoSuchTag,
        Taken = "exists already, and a tag never moves: choose another id or delete it first.",
    };

    public static TagRecord Read(NpgsqlDataReader reader) =>
        new(
            new(reader.GetInt64(0)),
            reader.GetString(1),
            reader.GetGuid(2),
            reader.IsDBNull(3) ? null : reader.GetString(3),
            new(reader.GetInt64(4))
        )
        {
            Revision = reader.GetInt64(5),
            Description = reader.GetString(6),
            Labels = JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(7))!,
            Metadata = reader.IsDBNull(8) ? null : reader.GetString(8),
            Creator = reader.GetString(9),
            CreateTime = reader.GetFieldValue<DateTimeOffset>(10),
            UpdateTime = reader.GetFieldValue<DateTimeOffset>(11),
        };
}

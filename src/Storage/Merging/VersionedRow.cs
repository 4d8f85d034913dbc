using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dendrite.Storage.Records;

namespace Dendrite.Storage.Merging;

/// <summary>A row of a table beside the samples, as a merge writes it.</summary>
/// <param name="Columns">
/// Column to value in the JSON form that PostgreSQL gives a row (<c>to_jsonb</c>), keys included; timeline and version
/// are those of the merge.
/// </param>
public sealed record VersionedRow(VersionedTable Table, JsonObject Columns)
{
    /// <summary>For the commit's digest: what the row says, and not where and when it was written.</summary>
    internal byte[] ToBytes()
    {
        var said = new JsonObject(
            Columns
                .Where(column => Table.Keys.Contains(column.Key) || Table.IsCell(column.Key))
                .Select(column => KeyValuePair.Create(column.Key, column.Value?.DeepClone()))
        );
        return [.. Encoding.UTF8.GetBytes($"{Table.Name} "), .. CanonicalJson.Of(said.ToJsonString())];
    }

    internal static void AddTo(ProjectBatch batch, ProjectId project, long timeline, IReadOnlyList<VersionedRow> rows)
    {
        foreach (var table in rows.GroupBy(row => row.Table))
        {
            var name = table.Key.Name;
            batch
                .Add(
                    $"""
                    INSERT INTO {name}
                    SELECT restated.* FROM jsonb_array_elements(@rows) AS element (value)
                    CROSS JOIN LATERAL jsonb_populate_record(
                        NULL::{name},
                        element.value || jsonb_build_object(
                            'project_id', @project, 'timeline_id', @timeline,
                            'version', branching.committed_version())
                    ) AS restated
                    """
                )
                .With("project", project.Value)
                .With("timeline", timeline)
                .With(
                    "rows",
                    NpgsqlTypes.NpgsqlDbType.Jsonb,
                    JsonSerializer.Serialize(table.Select(row => row.Columns))
                );
        }
    }
}

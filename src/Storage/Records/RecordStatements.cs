using System.Runtime.InteropServices;
using Dendrite.Storage.Commits;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Records;

/// <summary>The statements that write rows, behind the commit door.</summary>
internal static class RecordStatements
{
    /// <summary>See migration 0113. One row alone is written without arrays of rows, which cost as much.</summary>
    private const string WriteRow =
        "SELECT records.write_row(@timeline, @dataset, @key, @document, @digest, @owners, @through, @absorbed)";

    private const string WriteRows = """
        SELECT records.write_rows(
            @timeline, @datasets, @keys, @documents, @digests, @owners, @through, @absorbed)
        """;

    private const string InsertLookups = $"""
        INSERT INTO records.lookup (project_id, dataset_id, rule_id, digest, key, version, timeline_id)
        SELECT @project, entry.dataset_id, entry.rule_id, entry.digest, entry.key,
            (SELECT {CommitDoor.Version}), @timeline
        FROM unnest(@datasets, @rules, @digests, @keys) AS entry (dataset_id, rule_id, digest, key)
        """;

    private const string InsertDataset = $"""
        INSERT INTO records.dataset (
            project_id, dataset_id, version, timeline_id, create_version, uid, name, definition, deleted)
        SELECT @project, @dataset, version, @timeline, coalesce(@created, version), @uid, @name, @definition, @deleted
        FROM {CommitDoor.Version} AS version
        """;

    public static void AddRows(
        ProjectBatch batch,
        TimelineId timeline,
        RecordView seen,
        ReadOnlySpan<(RecordChange Change, byte[] Digest)> rows
    )
    {
        var command = rows.Length == 1 ? AddRow(batch, rows[0]) : AddArrays(batch, rows);
        command
            .With("timeline", timeline.Value)
            .With(seen.Snapshot)
            .With("absorbed", seen.AbsorbedBefore?.Value ?? long.MaxValue);
        AddLookups(batch, seen.Project, timeline, rows);
    }

    private static NpgsqlBatchCommand AddRow(ProjectBatch batch, (RecordChange Change, byte[] Digest) row) =>
        batch
            .Add(WriteRow)
            .With("dataset", row.Change.Dataset.Value)
            .With("key", row.Change.Key.ToArray())
            .With("document", NpgsqlDbType.Jsonb, row.Change.Document?.ToArray())
            .With("digest", row.Digest);

    private static NpgsqlBatchCommand AddArrays(
        ProjectBatch batch,
        ReadOnlySpan<(RecordChange Change, byte[] Digest)> rows
    )
    {
        var datasets = new long[rows.Length];
        var keys = new byte[rows.Length][];
        var documents = new byte[]?[rows.Length];
        var digests = new byte[rows.Length][];
        for (var i = 0; i < rows.Length; i++)
        {
            var (change, digest) = rows[i];
            datasets[i] = change.Dataset.Value;
            keys[i] = BytesOf(change.Key);
            documents[i] = change.Document is { } document ? BytesOf(document) : null;
            digests[i] = digest;
        }

        return batch
            .Add(WriteRows)
            .With("datasets", datasets)
            .With("keys", keys)
            .With("documents", NpgsqlDbType.Array | NpgsqlDbType.Jsonb, documents)
            .With("digests", digests);
    }

    // The arrays themselves where they are whole: a load has a million.
    private static byte[] BytesOf(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment)
        && segment is { Offset: 0, Array: { } array }
        && array.Length == segment.Count
            ? array
            : memory.ToArray();

    public static void AddDataset(ProjectBatch batch, ProjectId project, TimelineId timeline, DatasetChange dataset) =>
        batch
            .Add(InsertDataset)
            .With("project", project.Value)
            .With("timeline", timeline.Value)
            .With("dataset", dataset.Id.Value)
            .With("created", NpgsqlDbType.Bigint, dataset.CreateVersion?.Value)
            .With("uid", dataset.Uid)
            .With("name", dataset.Name)
            .With("definition", NpgsqlDbType.Jsonb, dataset.Definition.ToArray())
            .With("deleted", dataset.Deleted);

    private static void AddLookups(
        ProjectBatch batch,
        ProjectId project,
        TimelineId timeline,
        ReadOnlySpan<(RecordChange Change, byte[] Digest)> rows
    )
    {
        List<(RecordChange Change, RuleDigest Entry)> entries = [];
        foreach (var (change, _) in rows)
        {
            foreach (var entry in change.Lookups)
            {
                entries.Add((change, entry));
            }
        }

        if (entries.Count > 0)
        {
            batch
                .Add(InsertLookups)
                .With("project", project.Value)
                .With("timeline", timeline.Value)
                .With("datasets", entries.Select(entry => entry.Change.Dataset.Value).ToArray())
                .With("rules", entries.Select(entry => entry.Entry.Rule).ToArray())
                .With("digests", entries.Select(entry => entry.Entry.Digest.ToArray()).ToArray())
                .With("keys", entries.Select(entry => entry.Change.Key.ToArray()).ToArray());
        }
    }
}

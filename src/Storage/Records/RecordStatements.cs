using Dendrite.Storage.Commits;
using Dendrite.Versioning;
using NpgsqlTypes;

namespace Dendrite.Storage.Records;

/// <summary>The statements that write rows, behind the commit door.</summary>
internal static class RecordStatements
{
    /// <summary>
    /// Writes rows, marks those of the same timeline that they supersede, and says of each whether it wins over a row
    /// of another timeline.
    /// </summary>
    /// <remarks>
    /// COPY is refused under row-level security; arrays that a statement unnests come next. Whatever the planner
    /// believes of the table (nothing, while its first rows are loaded), each key costs one probe of the primary key:
    /// the sub-select is an aggregate, which is computed for each change by itself, and the mark is an upsert, which
    /// finds its row by the primary key or not at all. A join would be turned around into a pass over all rows. The
    /// upsert never inserts: its row is there, and the timeline's lock keeps it.
    /// </remarks>
    private static readonly string InsertRows = $"""
        WITH change AS MATERIALIZED (
            SELECT change.*, before.own_version, before.hides
            FROM unnest(@datasets, @keys, @documents, @digests) AS change (dataset_id, key, document, digest)
            CROSS JOIN LATERAL (
                SELECT max(earlier.version) FILTER (
                        WHERE earlier.timeline_id = @timeline AND earlier.superseded_version IS NULL) AS own_version,
                    coalesce(bool_or(earlier.timeline_id <> @timeline
                        AND {RecordSql.Sees("earlier", VectorNames.Plain)}), false) AS hides
                FROM records.row AS earlier
                WHERE earlier.project_id = @project
                    AND earlier.dataset_id = change.dataset_id AND earlier.key = change.key
            ) AS before
        ), superseded AS (
            INSERT INTO records.row AS own (
                project_id, dataset_id, key, version, timeline_id, superseded_version, shadows, digest)
            SELECT @project, dataset_id, key, own_version, @timeline, (SELECT {CommitDoor.Version}), true, digest
            FROM change
            WHERE own_version IS NOT NULL
            ON CONFLICT (project_id, dataset_id, key, version)
                DO UPDATE SET superseded_version = excluded.superseded_version
        )
        INSERT INTO records.row (
            project_id, dataset_id, key, version, timeline_id, shadows, document, digest)
        SELECT @project, dataset_id, key, (SELECT {CommitDoor.Version}), @timeline, hides, document, digest
        FROM change
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
        RowTarget target,
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
            keys[i] = change.Key.ToArray();
            documents[i] = change.Document?.ToArray();
            digests[i] = digest;
        }

        batch
            .Add(InsertRows)
            .With("project", target.Project.Value)
            .With("timeline", target.Timeline.Value)
            .With("datasets", datasets)
            .With("keys", keys)
            .With("documents", NpgsqlDbType.Array | NpgsqlDbType.Jsonb, documents)
            .With("digests", digests)
            .With(target.Seen);
        AddLookups(batch, target, rows);
    }

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
        RowTarget target,
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
                .With("project", target.Project.Value)
                .With("timeline", target.Timeline.Value)
                .With("datasets", entries.Select(entry => entry.Change.Dataset.Value).ToArray())
                .With("rules", entries.Select(entry => entry.Entry.Rule).ToArray())
                .With("digests", entries.Select(entry => entry.Entry.Digest.ToArray()).ToArray())
                .With("keys", entries.Select(entry => entry.Change.Key.ToArray()).ToArray());
        }
    }
}

/// <summary>Whose rows a commit writes, and what it sees while it does.</summary>
internal sealed record RowTarget(ProjectId Project, TimelineId Timeline, Snapshot Seen);

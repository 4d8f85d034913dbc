using Dendrite.Storage.Commits;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Garbage;

/// <summary>A mark as rows of every table that holds rows of timelines.</summary>
internal static class MarkRows
{
    /// <summary>Statements over @project, @timeline, @stream, @id and @mark, after the commit door.</summary>
    public static IReadOnlyList<string> Inserts { get; } =
    [
        $"""
            INSERT INTO signals.annotation (
                project_id, timeline_id, stream_id, annotation_id, version, start_sample, text)
            VALUES (@project, @timeline, @stream, @id, {CommitDoor.Version}, 0, @mark)
            """,
        $"""
            INSERT INTO signals.block (
                project_id, timeline_id, stream_id, channel_group, first_sample, sample_count, version,
                format, checksum, sample_digest, summary, payload)
            VALUES (@project, @timeline, @stream, 0, {CommitDoor.Version} * 100, 100, {CommitDoor.Version},
                1, 0, sha256(convert_to(@mark, 'UTF8')), '\x00', convert_to(@mark, 'UTF8'))
            """,
        $"""
            INSERT INTO signals.append (
                project_id, timeline_id, stream_id, version, first_sample, next_sample, group_ends,
                stored_bytes, missing_samples)
            VALUES (@project, @timeline, @stream, {CommitDoor.Version}, {CommitDoor.Version} * 100,
                {CommitDoor.Version} * 100 + 100, ARRAY[{CommitDoor.Version} * 100 + 100],
                octet_length(@mark) + coalesce((
                    SELECT max(before.stored_bytes) FROM signals.append before
                    WHERE before.project_id = @project AND before.timeline_id = @timeline), 0), 0)
            """,
        """
            INSERT INTO signals.writer (project_id, timeline_id, stream_id, epoch, group_ends, open_until)
            VALUES (@project, @timeline, @stream, 1, '{0}', now())
            ON CONFLICT DO NOTHING
            """,
        $"""
            INSERT INTO records.row (
                project_id, dataset_id, key, version, timeline_id, shadows, document, digest)
            VALUES (@project, @stream, convert_to(@mark, 'UTF8'), {CommitDoor.Version}, @timeline, false,
                jsonb_build_object('1', @mark), sha256('digest'))
            """,
        $"""
            INSERT INTO records.lookup (
                project_id, dataset_id, rule_id, digest, key, version, timeline_id)
            VALUES (@project, @stream, 1, sha256('value'), convert_to(@mark, 'UTF8'), {CommitDoor.Version}, @timeline)
            """,
        $"""
            INSERT INTO records.dataset (
                project_id, dataset_id, version, timeline_id, create_version, uid, name, definition, deleted)
            VALUES (@project, @stream, {CommitDoor.Version}, @timeline, 1, @id, 'marks', '[]', false)
            """,
        $"""
            INSERT INTO signals.stream (
                project_id, timeline_id, stream_id, version, uid, name, rate_samples, rate_seconds, start_time_ns,
                channels, layout_digest)
            VALUES (@project, @timeline, @stream, {CommitDoor.Version}, @id, 'marks', 100, 1, 0,
                '[]', sha256('layout'))
            """,
        $"""
            INSERT INTO signals.gap (
                project_id, timeline_id, stream_id, first_sample, channel_group, version, sample_count, cause, note)
            VALUES (@project, @timeline, @stream, {CommitDoor.Version} * 100, 0, {CommitDoor.Version}, 1, 1, @mark)
            """,
        $"""
            INSERT INTO signals.time_anchor (
                project_id, timeline_id, stream_id, sample_index, version, instant_ns)
            VALUES (@project, @timeline, @stream, {CommitDoor.Version} * 100, {CommitDoor.Version},
                hashtextextended(@mark, 0))
            """,
    ];

    /// <summary>Tables in which each mark has one row.</summary>
    public static IReadOnlyList<string> Tables { get; } =
    [
        "signals.annotation",
        "signals.block",
        "signals.append",
        "signals.stream",
        "signals.gap",
        "signals.time_anchor",
        "records.row",
        "records.lookup",
        "records.dataset",
    ];

    /// <summary>Bytes of each mark as the cost of a branch counts them: name and size.</summary>
    public const string Sizes = """
        SELECT block.text, (octet_length(payload) + octet_length(key) + pg_column_size(document))::bigint
        FROM (SELECT convert_from(payload, 'UTF8') AS text, payload, project_id FROM signals.block) AS block
        JOIN records.row AS stored
            ON stored.project_id = block.project_id AND convert_from(stored.key, 'UTF8') = block.text
        WHERE block.project_id = @project
        """;

    /// <summary>As scans find what is seen.</summary>
    public static (string Source, string Condition) BySeen { get; } =
        (SnapshotSql.Seen, "mark.timeline_id = seen.timeline_id AND mark.version <= seen.through_version");

    /// <summary>As reads of few rows do.</summary>
    public static (string Source, string Condition) BySees { get; } =
        ("(SELECT) AS anything", SnapshotSql.Sees("mark"));

    /// <summary>The marks that a snapshot sees, in order.</summary>
    /// <param name="visible">One of the two forms of <see cref="SnapshotSql"/>.</param>
    public static async Task<IReadOnlyList<string>> ListAsync(
        PlatformDatabase database,
        ProjectId project,
        Snapshot snapshot,
        (string Source, string Condition) visible,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT mark.text FROM {visible.Source} JOIN signals.annotation AS mark ON {visible.Condition}
                WHERE mark.project_id = @project
                ORDER BY mark.text COLLATE "C"
                """
            )
            .With("project", project.Value)
            .With(snapshot);
        return await batch.ReadRowsAsync(row => row.GetString(0), cancellation);
    }
}

using System.Runtime.CompilerServices;
using Dendrite.Versioning;

namespace Dendrite.Storage.Backups;

/// <summary>Reads the rows of timelines for a backup, in an order that later rows do not change. Thread-safe.</summary>
public sealed class BackupReader(PlatformDatabase database, TimeProvider time)
{
    /// <summary>
    /// After how long a statement ends, at the next commit, and another goes on. While one is open PostgreSQL keeps
    /// every state that the head of a branch has had since, and each commit passes them all: after 46,000 it took three
    /// times as long.
    /// </summary>
    private static readonly TimeSpan LongestStatement = TimeSpan.FromMinutes(1);

    /// <summary>Tables with the columns that order the rows of one version, and what of a row is left out.</summary>
    private static readonly Dictionary<string, (string Order, string Row)> Tables = new()
    {
        ["branching.commit"] = ("version", Without("parent_version, parent_hash")),
        ["branching.merged_vector"] = ("version", Without("")),
        ["signals.stream"] = ("stream_id", Without("")),
        ["signals.append"] = ("stream_id", Without("saved_bytes")),
        ["signals.gap"] = ("stream_id, first_sample, channel_group", Without("")),
        ["signals.mask"] = ("stream_id, mask_id", Without("")),
        ["signals.time_anchor"] = ("stream_id, sample_index", Without("")),
        ["signals.annotation"] = ("stream_id, annotation_id", Without("")),
        ["records.dataset"] = ("dataset_id", Without("")),
        // What was written behind the state is not known to it.
        ["records.row"] = (
            "dataset_id, key",
            $$"""
            {{Without("")}} || CASE WHEN stored.superseded_version > @through
                THEN '{"superseded_version": null}' ELSE '{}' END::jsonb
            """
        ),
        ["records.lookup"] = ("dataset_id, rule_id, digest, key", Without("")),
    };

    /// <summary>
    /// The rows of a table that a timeline has up to a version, oldest first. A statement is open while the caller
    /// takes the rows; no row is kept here.
    /// </summary>
    public async IAsyncEnumerable<BackupRow> ReadAsync(
        ProjectId project,
        string table,
        TimelineId timeline,
        CommitVersion through,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (last, mayBeMore) = (CommitVersion.Zero, true);
        while (mayBeMore)
        {
            mayBeMore = false;
            var (begun, isFirst) = (time.GetTimestamp(), true);
            var range = new CommitRange(last, through);
            await foreach (var row in ReadAsync((project, table, timeline), range, cancellationToken))
            {
                if (row.Version != last.Value && !isFirst && time.GetElapsedTime(begun) > LongestStatement)
                {
                    mayBeMore = true;
                    break;
                }

                (last, isFirst) = (new(row.Version), false);
                yield return row;
            }
        }
    }

    private async IAsyncEnumerable<BackupRow> ReadAsync(
        (ProjectId Project, string Table, TimelineId Timeline) of,
        CommitRange range,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (project, table, timeline) = of;
        var (order, row) = Tables[table];
        await using var session = await database.BeginAsync(project, cancellationToken);
        await using var batch = session.CreateBatch();
        batch
            .Add(
                $"""
                SELECT stored.version, ({row})::text FROM {table} AS stored
                WHERE stored.project_id = @project AND stored.timeline_id = @timeline
                    AND stored.version > @after AND stored.version <= @through
                ORDER BY stored.version, {order}
                """
            )
            .With("project", project.Value)
            .With("timeline", timeline.Value)
            .With("after", range.After.Value)
            .With("through", range.Through.Value);
        await foreach (
            var read in batch.StreamRowsAsync(
                reader => new BackupRow(reader.GetInt64(0), reader.GetString(1)),
                mayAbandon: true,
                cancellationToken
            )
        )
        {
            yield return read;
        }
    }

    private static string Without(string columns) =>
        $"to_jsonb(stored) - '{{project_id, timeline_id{(columns.Length == 0 ? "" : ", ")}{columns}}}'::text[]";
}

/// <summary>A row for a backup.</summary>
/// <param name="Version">The commit that wrote it.</param>
/// <param name="Json">Its columns, but project and timeline, as an object on one line.</param>
public readonly record struct BackupRow(long Version, string Json);

/// <summary>Commits behind one, up to another and with it.</summary>
internal readonly record struct CommitRange(CommitVersion After, CommitVersion Through);

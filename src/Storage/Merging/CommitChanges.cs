using Dendrite.Errors;
using Dendrite.Versioning;

namespace Dendrite.Storage.Merging;

/// <summary>What a line saw before and after one of its commits.</summary>
/// <param name="IsSeen">Whether the head that was asked for sees all of <paramref name="After"/>.</param>
public sealed record CommitSides(Snapshot Before, Snapshot After, bool IsSeen);

/// <summary>Finds what a commit changed: for undoing it. Thread-safe.</summary>
public sealed class CommitChanges(PlatformDatabase database)
{
    /// <summary>Whether the head sees an entry: its vector names the timeline, or implies it as absorbed.</summary>
    private const string IsSeen = """
        (line.through_version <= (@through::bigint[])[array_position(@owners, line.owner_timeline_id)]) IS TRUE
            OR EXISTS (
                SELECT FROM branching.timeline AS absorbed
                WHERE absorbed.project_id = @project AND absorbed.timeline_id = line.owner_timeline_id
                    AND absorbed.absorbed_at_version
                        <= (@through::bigint[])[array_position(@owners, absorbed.absorbed_into_timeline_id)])
        """;

    /// <summary>
    /// The vector of the commit's timeline as of its version, and as of just before, whatever became of its branch
    /// since. One round trip.
    /// </summary>
    /// <param name="head">Who wants to undo it.</param>
    /// <exception cref="DendriteException">COMMIT_NOT_FOUND.</exception>
    public async Task<CommitSides> ReadAsync(
        ProjectId project,
        CommitVersion version,
        Snapshot head,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT side.number, line.owner_timeline_id, line.through_version, {IsSeen}
                FROM branching.commit AS made
                CROSS JOIN (VALUES (0), (1)) AS side (number)
                CROSS JOIN LATERAL branching.line_as_of(made.timeline_id, made.version - side.number) AS line
                WHERE made.project_id = @project AND made.version = @version
                """
            )
            .With("project", project.Value)
            .With("version", version.Value)
            .With(head);
        var rows = await batch.ReadRowsAsync(
            row =>
                (
                    IsBefore: row.GetInt32(0) == 1,
                    Entry: new SnapshotEntry(new(row.GetInt64(1)), new(row.GetInt64(2))),
                    IsSeen: row.GetBoolean(3)
                ),
            cancellationToken
        );
        return rows.Count == 0
            ? throw new DendriteException(
                ErrorReason.CommitNotFound,
                $"There is no commit {version} in this project; list the commits of a branch."
            )
            : new(
                Snapshot.Of(rows.Where(row => row.IsBefore).Select(row => row.Entry)),
                Snapshot.Of(rows.Where(row => !row.IsBefore).Select(row => row.Entry)),
                rows.Where(row => !row.IsBefore).All(row => row.IsSeen)
            );
    }
}

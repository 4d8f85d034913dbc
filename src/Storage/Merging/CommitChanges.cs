using Dendrite.Errors;
using Dendrite.Versioning;

namespace Dendrite.Storage.Merging;

/// <summary>What a line saw before and after one of its commits.</summary>
public sealed record CommitSides(Snapshot Before, Snapshot After);

/// <summary>Finds what a commit changed: for undoing it. Thread-safe.</summary>
public sealed class CommitChanges(PlatformDatabase database)
{
    /// <summary>The vector of the commit's timeline as of its version, and as of just before. One round trip.</summary>
    /// <exception cref="DendriteException">COMMIT_NOT_FOUND.</exception>
    public async Task<CommitSides> ReadAsync(
        ProjectId project,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT side.number, vector.owner_timeline_id, vector.through_version
                FROM branching.commit AS made
                CROSS JOIN (VALUES (0), (1)) AS side (number)
                CROSS JOIN LATERAL branching.vector_as_of(made.timeline_id, made.version - side.number) AS vector
                WHERE made.project_id = @project AND made.version = @version
                """
            )
            .With("project", project.Value)
            .With("version", version.Value);
        var rows = await batch.ReadRowsAsync(
            row =>
                (IsBefore: row.GetInt32(0) == 1, Entry: new SnapshotEntry(new(row.GetInt64(1)), new(row.GetInt64(2)))),
            cancellationToken
        );
        return rows.Count == 0
            ? throw new DendriteException(
                ErrorReason.CommitNotFound,
                $"There is no commit {version} in this project; list the commits of a branch."
            )
            : new(
                Snapshot.Of(rows.Where(row => row.IsBefore).Select(row => row.Entry)),
                Snapshot.Of(rows.Where(row => !row.IsBefore).Select(row => row.Entry))
            );
    }
}

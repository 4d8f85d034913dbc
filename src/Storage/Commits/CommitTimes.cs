using Dendrite.Versioning;

namespace Dendrite.Storage.Commits;

/// <summary>Reads when commits were made.</summary>
public sealed class CommitTimes(PlatformDatabase database)
{
    /// <summary>
    /// The time of each version; those that are no commit are left out. One round trip, none for none.
    /// </summary>
    public async Task<IReadOnlyDictionary<CommitVersion, DateTimeOffset>> FindAsync(
        ProjectId project,
        IEnumerable<CommitVersion> versions,
        CancellationToken cancellationToken
    )
    {
        var asked = versions.Select(version => version.Value).Distinct().ToArray();
        if (asked.Length == 0)
        {
            return new Dictionary<CommitVersion, DateTimeOffset>();
        }

        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT version, commit_time FROM branching.commit
                WHERE project_id = @project AND version = ANY(@versions)
                """
            )
            .With("project", project.Value)
            .With("versions", asked);
        var rows = await batch.ReadRowsAsync(
            row => (Version: new CommitVersion(row.GetInt64(0)), Time: row.GetFieldValue<DateTimeOffset>(1)),
            cancellationToken
        );
        return rows.ToDictionary(row => row.Version, row => row.Time);
    }
}

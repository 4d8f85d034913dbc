using System.Collections.Concurrent;
using Dendrite.Versioning;

namespace Dendrite.Storage.Commits;

/// <summary>Reads when commits were made. Thread-safe.</summary>
public sealed class CommitTimes(PlatformDatabase database)
{
    /// <summary>Times that are kept: some megabytes. When there are more, all are asked for again.</summary>
    private const int MaxKept = 50_000;

    // A commit never changes.
    private readonly ConcurrentDictionary<(ProjectId, CommitVersion), DateTimeOffset> known = new();

    /// <summary>
    /// The time of each version; those that are no commit are left out. One round trip, none where all were asked for
    /// before.
    /// </summary>
    public async Task<IReadOnlyDictionary<CommitVersion, DateTimeOffset>> FindAsync(
        ProjectId project,
        IEnumerable<CommitVersion> versions,
        CancellationToken cancellationToken
    )
    {
        var times = new Dictionary<CommitVersion, DateTimeOffset>();
        var asked = new List<long>();
        foreach (var version in versions.Distinct())
        {
            if (known.TryGetValue((project, version), out var time))
            {
                times[version] = time;
            }
            else
            {
                asked.Add(version.Value);
            }
        }

        if (asked.Count > 0)
        {
            await AddAsync(times, project, asked.ToArray(), cancellationToken);
        }

        return times;
    }

    private async Task AddAsync(
        Dictionary<CommitVersion, DateTimeOffset> times,
        ProjectId project,
        long[] asked,
        CancellationToken cancellationToken
    )
    {
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
        if (known.Count + rows.Count > MaxKept)
        {
            known.Clear();
        }

        foreach (var (version, time) in rows)
        {
            times[version] = known[(project, version)] = time;
        }
    }
}

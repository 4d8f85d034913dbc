using Dendrite.Errors;

namespace Dendrite.Storage.Scheduling;

/// <summary>
/// Which jobs follow which: never one that is not there, and never in a circle, or none would ever run.
/// </summary>
internal static class JobOrder
{
    /// <summary>Any number that no other advisory lock with two keys uses; "job" in ASCII.</summary>
    private const int LockKind = 0x6A6F62;

    /// <summary>
    /// Checks what a job would follow, and holds what others follow still until the transaction ends. No round trip for
    /// a job that follows none, else one.
    /// </summary>
    /// <exception cref="DendriteException">JOB_NOT_FOUND; INVALID_ARGUMENT for a circle.</exception>
    public static async Task CheckAsync(
        ProjectSession session,
        string name,
        IReadOnlyList<string> afterJobs,
        CancellationToken cancellationToken
    )
    {
        if (afterJobs.Count == 0)
            return;
        await using var batch = session.CreateBatch();
        batch
            .Add("SELECT pg_advisory_xact_lock(@kind, hashint8(@project))")
            .With("kind", LockKind)
            .With("project", session.Project.Value);
        batch
            .Add("SELECT name::text, after_jobs FROM scheduling.job WHERE project_id = @project")
            .With("project", session.Project.Value);
        var follows = new Dictionary<string, string[]>(StringComparer.Ordinal);
        await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                while (await reader.ReadAsync(token))
                    follows[reader.GetString(0)] = reader.GetFieldValue<string[]>(1);
                return true;
            },
            cancellationToken
        );
        if (afterJobs.FirstOrDefault(job => job != name && !follows.ContainsKey(job)) is { } missing)
            throw JobStore.NoSuchJob(missing);
        follows[name] = [.. afterJobs];
        if (FindCircle(follows, name) is { } circle)
        {
            throw DendriteException.Invalid(
                "job.schedule.after_jobs.jobs",
                $"makes a circle, in which no job would ever run: {string.Join(" after ", circle)}; leave one out"
            );
        }
    }

    /// <exception cref="DendriteException">RESOURCE_IN_USE: others follow it.</exception>
    public static async Task RefuseFollowedAsync(
        PlatformDatabase database,
        ProjectId project,
        string name,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT name::text FROM scheduling.job
                WHERE project_id = @project AND after_jobs <> '{}' AND after_jobs @> ARRAY[@name] AND name <> @name
                ORDER BY name LIMIT 1
                """
            )
            .With("project", project.Value)
            .With("name", name);
        if (await batch.ReadRowAsync(row => row.GetString(0), cancellationToken) is { } follower)
        {
            throw new DendriteException(
                ErrorReason.ResourceInUse,
                $"Job '{follower}' runs after job '{name}': delete that one first, or change its schedule."
            );
        }
    }

    /// <summary>A way from the job back to itself, both ends named; null where there is none.</summary>
    internal static IReadOnlyList<string>? FindCircle(IReadOnlyDictionary<string, string[]> follows, string name)
    {
        var cameFrom = new Dictionary<string, string>(StringComparer.Ordinal);
        var open = new Queue<string>([name]);
        while (open.TryDequeue(out var job))
        {
            foreach (var before in follows.GetValueOrDefault(job, []))
            {
                if (before == name)
                    return WayTo(job, cameFrom, name);
                if (cameFrom.TryAdd(before, job))
                    open.Enqueue(before);
            }
        }

        return null;
    }

    private static List<string> WayTo(string job, Dictionary<string, string> cameFrom, string name)
    {
        var way = new List<string> { name };
        for (var step = job; step != name; step = cameFrom[step])
            way.Insert(0, step);
        way.Insert(0, name);
        return way;
    }
}

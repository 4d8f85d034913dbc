using Dendrite.Storage.Commits;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Writes;

/// <summary>
/// What a transaction may have changed, read from its own commands: every commit passes the door, and every change of a
/// branch or tag is a mutation, so nobody who writes has to think of it. One transaction; not thread-safe.
/// </summary>
internal sealed class WriteLog(ProjectId project, IWriteObserver? observer)
{
    private readonly HashSet<TimelineId> timelines = [];
    private readonly HashSet<string> resources = [];

    public void Note(NpgsqlBatchCommandCollection commands)
    {
        if (observer is null)
        {
            return;
        }

        foreach (NpgsqlBatchCommand command in commands)
        {
            if (CommitDoor.FindTimeline(command) is { } timeline)
            {
                timelines.Add(timeline);
            }
            else if (IdempotencyStore.FindResource(command) is { } resource)
            {
                resources.Add(resource);
            }
        }
    }

    /// <summary>Tells the observer, once, where there is something to tell.</summary>
    public async Task TellAsync()
    {
        if (observer is not null && timelines.Count + resources.Count > 0)
        {
            var written = new Written(project, timelines.ToArray(), resources.ToArray());
            timelines.Clear();
            resources.Clear();
            await observer.WroteAsync(written);
        }
    }
}

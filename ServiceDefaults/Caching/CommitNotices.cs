using System.Collections.Concurrent;
using System.Collections.Immutable;
using Dendrite.Storage;
using Dendrite.Versioning;
using StackExchange.Redis;

namespace Dendrite.ServiceDefaults.Caching;

/// <summary>
/// Tells who follows a branch that it may have changed: of writes of this process at once, of those of others through
/// Redis, whose message goes out with the one that <see cref="HotWrites"/> sends for each commit anyway. It is a hint
/// and no more: a notice may come twice, late or never, and says nothing but <em>look</em>. Thread-safe.
/// </summary>
public sealed class CommitNotices(IConnectionMultiplexer redis)
{
    private readonly ConcurrentDictionary<string, ImmutableList<Action>> watchers = new(StringComparer.Ordinal);

    /// <summary>Calls whenever a commit may have come to the timeline, or the branch's name lead elsewhere.</summary>
    /// <param name="changed">Called on a writer's thread: must not block.</param>
    public CommitWatch Watch(ProjectId project, string branch, TimelineId timeline, Action changed)
    {
        string[] keys =
        [
            HotKeys.LineGeneration(project, timeline),
            HotKeys.NameGeneration(project, $"branches/{branch}"),
        ];
        foreach (var key in keys)
        {
            watchers.AddOrUpdate(key, _ => [changed], (_, others) => others.Add(changed));
        }

        return new(this, redis, keys, changed);
    }

    /// <summary>Tells those of this process.</summary>
    internal void Tell(IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            foreach (var changed in watchers.GetValueOrDefault(key) ?? [])
            {
                changed();
            }
        }
    }

    internal void Forget(IEnumerable<string> keys, Action changed)
    {
        foreach (var key in keys)
        {
            var left = watchers.AddOrUpdate(key, _ => [], (_, all) => all.Remove(changed));
            if (left.IsEmpty)
            {
                watchers.TryRemove(new(key, left));
            }
        }
    }
}

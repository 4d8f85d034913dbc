using System.Collections.Concurrent;
using Dendrite.Storage.Writes;

namespace Dendrite.ServiceDefaults.Caching;

/// <summary>
/// Makes what was written count before the writer is answered: adds one to the generation of each branch, tag and
/// timeline that a transaction touched, and an entry of an older generation is never read again. Thread-safe.
/// </summary>
/// <remarks>
/// Where Redis cannot be told, this replica doubts what it touched for as long as an old entry can live, and asks
/// PostgreSQL: callers of this replica see their own writes also then. Other replicas see them after
/// <see cref="HotSnapshots.Lifetime"/>.
/// </remarks>
/// <param name="notices">Tells of each write those who follow a branch; null: nobody does.</param>
public sealed class HotWrites(HotCache cache, TimeProvider time, CommitNotices? notices = null) : IWriteObserver
{
    /// <summary>Doubts that are kept before those that have passed are removed.</summary>
    private const int ManyDoubts = 10_000;

    // A channel has the name of the generation: who follows the branch looks when that moved. One that begins anew,
    // also where somebody else's value stood, begins with a number that no entry bears: the microseconds of now.
    private const string Touch = """
        local clock = redis.call('TIME')
        for _, key in ipairs(KEYS) do
            local generation = redis.pcall('INCR', key)
            if type(generation) == 'table' or generation == 1 then
                redis.call('SET', key, clock[1] .. string.format('%06d', clock[2]))
            end
            redis.call('PEXPIRE', key, ARGV[1])
            redis.call('PUBLISH', key, '')
        end
        return 1
        """;

    // An entry stored by a reader that began before the failed message lives on from then; twice covers the reader.
    private static readonly TimeSpan DoubtFor = HotSnapshots.Lifetime * 2;
    private readonly ConcurrentDictionary<string, long> doubts = new(StringComparer.Ordinal);
    private long count;

    /// <summary>Grows with every write of this replica: what was begun before one may not know it.</summary>
    internal long Count => Interlocked.Read(ref count);

    public async Task WroteAsync(Written written)
    {
        string[] keys =
        [
            .. written.Timelines.Select(timeline => HotKeys.LineGeneration(written.Project, timeline)),
            .. written
                .Resources.Select(HotKeys.NameOf)
                .OfType<string>()
                .Select(name => HotKeys.NameGeneration(written.Project, name)),
        ];
        if (keys.Length == 0)
        {
            return;
        }

        notices?.Tell(keys);
        var told = await cache.EvaluateAsync(Touch, keys, HotSnapshots.GenerationMilliseconds);
        if (told is null)
        {
            Doubt(keys);
        }

        Interlocked.Increment(ref count);
    }

    /// <summary>Whether Redis could not be told of a change a moment ago.</summary>
    internal bool IsDoubtful(string generationKey) =>
        doubts.TryGetValue(generationKey, out var since) && time.GetElapsedTime(since) < DoubtFor;

    private void Doubt(string[] keys)
    {
        if (doubts.Count > ManyDoubts)
        {
            foreach (var (key, since) in doubts.ToArray().Where(doubt => time.GetElapsedTime(doubt.Value) >= DoubtFor))
            {
                doubts.TryRemove(new(key, since));
            }
        }

        foreach (var key in keys)
        {
            doubts[key] = time.GetTimestamp();
        }
    }
}

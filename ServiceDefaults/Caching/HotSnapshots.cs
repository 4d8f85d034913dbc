using System.Collections.Concurrent;
using Dendrite.Storage;
using Dendrite.Storage.Snapshots;
using StackExchange.Redis;

namespace Dendrite.ServiceDefaults.Caching;

/// <summary>
/// What branches see at their head, and what tags name, from Redis; from PostgreSQL where Redis does not know it, is
/// away or lies empty. For reads only: a writer asks <see cref="SnapshotReader"/>, and the commit door checks again.
/// Thread-safe.
/// </summary>
/// <remarks>
/// An entry holds the generations that were current before it was loaded, and counts only while they are: so of two
/// replicas that race, the one with the older state never hides the newer. A caller sees what it wrote itself at once.
/// Where a message of a write was lost (Redis was away or started empty), others see it after
/// <see cref="Lifetime"/> at most.
/// </remarks>
public sealed class HotSnapshots(SnapshotReader snapshots, HotCache cache, HotWrites writes, TimeProvider time)
{
    /// <summary>
    /// The longest that an entry lives, from before it was loaded: the bound on staleness when Redis fails.
    /// </summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    // Far longer than an entry, so that one cannot outlive the generation that it names.
    internal static readonly long GenerationMilliseconds = (long)TimeSpan.FromHours(1).TotalMilliseconds;

    // KEYS: entry, generation of the name, line of the name. ARGV: where generations of lines are. An entry's life
    // counts from the instant of this, in ms of Redis's own clock. What is of another type is somebody else's: it goes,
    // and the entry with it, or every read of the branch would fail, and Redis be left alone for all of them.
    private const string Find = """
        local foreign = false
        local function find(key, absent)
            local value = redis.pcall('GET', key)
            if type(value) == 'table' then
                foreign = true
                redis.call('DEL', key)
                return absent
            end
            return value or absent
        end
        local clock = redis.call('TIME')
        local now = string.format('%d', clock[1] * 1000 + math.floor(clock[2] / 1000))
        local name = find(KEYS[2], '0')
        local line = find(KEYS[3], '')
        local commits = find(ARGV[1] .. line, '0')
        local entry = redis.pcall('HMGET', KEYS[1], 'line', 'name', 'commits', 'state')
        if foreign or entry.err then
            redis.call('DEL', KEYS[1])
            return {line, name, commits, now}
        end
        if entry[4] and entry[1] == line and entry[2] == name and entry[3] == commits then
            return {line, name, commits, now, entry[4]}
        end
        return {line, name, commits, now}
        """;

    // KEYS as above. ARGV: where generations of lines are, the line, both generations, the state, two lifetimes in ms,
    // the instant. A Redis that stood still gets to this long after nobody waits for it.
    private const string Keep = """
        local clock = redis.call('TIME')
        local age = clock[1] * 1000 + math.floor(clock[2] / 1000) - ARGV[8]
        if age < 0 or age >= tonumber(ARGV[6]) then return 0 end
        redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[7])
        if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[3] then return 0 end
        if (redis.call('GET', ARGV[1] .. ARGV[2]) or '0') ~= ARGV[4] then return 0 end
        redis.call('HSET', KEYS[1], 'line', ARGV[2], 'name', ARGV[3], 'commits', ARGV[4], 'state', ARGV[5])
        redis.call('PEXPIRE', KEYS[1], string.format('%d', ARGV[6] - age))
        return 1
        """;

    /// <summary>Loads that are remembered before those that have passed are dropped.</summary>
    private const int ManyFlights = 1_000;

    /// <summary>Loads of others that are tried before a caller loads alone.</summary>
    private const int MaxAttempts = 2;

    private readonly ConcurrentDictionary<string, Flight> flights = new(StringComparer.Ordinal);
    private long loads;

    /// <summary>How often PostgreSQL was asked because Redis did not know.</summary>
    public long Loads => Interlocked.Read(ref loads);

    /// <summary>
    /// As <see cref="SnapshotReader.ReadAsync"/>. Of many callers at once, one asks PostgreSQL and all ask Redis; a
    /// version or an instant of the past is always asked for there.
    /// </summary>
    /// <exception cref="Errors.DendriteException">As of <see cref="SnapshotReader.ReadAsync"/>.</exception>
    public async Task<BranchSnapshot> ReadAsync(
        ProjectId project,
        string branch,
        SnapshotPoint point,
        CancellationToken cancellationToken
    )
    {
        var name =
            point.TagName is { } tag ? $"tags/{tag}"
            : point == SnapshotPoint.Head ? $"branches/{branch}"
            : null;
        if (name is null || writes.IsDoubtful(HotKeys.NameGeneration(project, name)))
        {
            return await snapshots.ReadAsync(project, branch, point, cancellationToken);
        }

        var request = new Request(project, name, branch, point);
        RedisResult[]? found = null;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            found = await FindAsync(request);
            var state = ReadKept(request, found) ?? await ShareAsync(request, found).WaitAsync(cancellationToken);
            if (state is not null)
            {
                return state;
            }
        }

        return await LoadAsync(request, found).WaitAsync(cancellationToken);
    }

    private async Task<RedisResult[]?> FindAsync(Request request) =>
        (RedisResult[]?)await cache.EvaluateAsync(Find, request.Keys, HotKeys.LineGenerations(request.Project));

    private BranchSnapshot? ReadKept(Request request, RedisResult[]? found) =>
        found is [var line, _, _, _, var kept]
        && SnapshotBytes.TryRead((byte[]?)kept) is { } state
        && !writes.IsDoubtful($"{HotKeys.LineGenerations(request.Project)}{line}")
            ? state
            : null;

    /// <summary>
    /// Joins a load of others that began at the same generations: nothing was written since, neither here nor anywhere
    /// that Redis was told of. So it may be joined after its end too, by callers who asked Redis before that.
    /// </summary>
    /// <returns>
    /// Null where another caller's load found the branch on another line than Redis knew: then the generation of its
    /// line was not among those, and it may be older than a write of which Redis was told before this caller asked.
    /// </returns>
    private async Task<BranchSnapshot?> ShareAsync(Request request, RedisResult[]? found)
    {
        var generations = found is null ? "" : $"{found[0]}/{found[1]}/{found[2]}";
        var key = $"{request.Entry}@{generations}@{writes.Count}";
        var own = new Flight(time.GetTimestamp(), new(() => LoadAsync(request, found)));
        var flight = flights.GetOrAdd(key, own);
        if (time.GetElapsedTime(flight.Begun) >= Lifetime)
        {
            flights.TryRemove(new(key, flight));
            return await ShareAsync(request, found);
        }

        // Ended so that others may join it later too.
        var ended = false;
        try
        {
            var state = await flight.State.Value;
            ended = IsOnLine(request, state, found);
            // A load of one's own began after Redis was asked, whatever line it found.
            return ended || ReferenceEquals(flight, own) ? state : null;
        }
        finally
        {
            // Without the generations that count nobody can know later whether it still holds.
            if (!ended || found is null)
            {
                flights.TryRemove(new(key, flight));
            }

            DropOldFlights();
        }
    }

    /// <summary>Whether the generation that Redis gave is that of the line the state is on; a tag has none.</summary>
    private static bool IsOnLine(Request request, BranchSnapshot state, RedisResult[]? found) =>
        found is null || request.Point.TagName is not null || (string?)found[0] == state.Timeline.ToString();

    private void DropOldFlights()
    {
        if (flights.Count > ManyFlights)
        {
            foreach (var old in flights.Where(flight => time.GetElapsedTime(flight.Value.Begun) >= Lifetime))
            {
                flights.TryRemove(old);
            }
        }
    }

    private async Task<BranchSnapshot> LoadAsync(Request request, RedisResult[]? found)
    {
        Interlocked.Increment(ref loads);
        var loaded = await snapshots.ReadAsync(request.Project, request.Branch, request.Point, CancellationToken.None);
        if (found is not null)
        {
            await KeepAsync(request, loaded, found);
        }

        return loaded;
    }

    private Task KeepAsync(Request request, BranchSnapshot loaded, RedisResult[] found)
    {
        var line = loaded.Timeline.ToString();
        // The generation of another line than the one it was thought to be on was not read before the load. Where there
        // is none, nobody wrote for far longer than a load takes. And a tag does not move with its line.
        var commits =
            request.Point.TagName is not null || (string?)found[0] == line ? (RedisValue)found[2] : (RedisValue)"0";
        return cache.EvaluateAsync(
            Keep,
            request.Keys,
            HotKeys.LineGenerations(request.Project),
            request.Point.TagName is null ? line : "",
            (RedisValue)found[1],
            commits,
            SnapshotBytes.Write(loaded),
            (long)Lifetime.TotalMilliseconds,
            GenerationMilliseconds,
            (RedisValue)found[3]
        );
    }

    private sealed record Flight(long Begun, Lazy<Task<BranchSnapshot>> State);

    private sealed record Request(ProjectId Project, string Name, string Branch, SnapshotPoint Point)
    {
        public string Entry { get; } = HotKeys.Entry(Project, Name);

        public string[] Keys => [Entry, HotKeys.NameGeneration(Project, Name), HotKeys.Line(Project, Name)];
    }
}

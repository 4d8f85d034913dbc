using System.Diagnostics;
using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// Many clients making branches at once over gRPC, in a project that has many. Client and server share this machine.
/// </summary>
internal sealed class CreateRateCase(BenchmarkPlatform platform, BranchingSize size)
{
    private const string Baseline = "one-row INSERTs with the same durability, as many connections as the service has";

    /// <summary>The best figure published that we know is 177 a second a core.</summary>
    private const int LeastOfCore = 1_000;

    /// <summary>As many as the service's own pool.</summary>
    private const int Connections = 30;

    private const int WarmUpRounds = 2;

    private int created;

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await AddBranchesAsync();
        await platform.ArrangeAsync("CREATE TABLE IF NOT EXISTS public.plain (id bigint PRIMARY KEY, name text)");
        var (rates, baselines, waits) = (new List<double>(), new List<double>(), new List<double>());
        // A service that runs for days has its code compiled for good; this one needs some 10,000 calls.
        for (var round = 0; round < WarmUpRounds && size.LongRounds > 1; round++)
        {
            await CreateAsync([]);
        }

        for (var round = 0; round < size.LongRounds; round++)
        {
            var times = new List<double>();
            rates.Add(await RateAsync(size.Clients * size.ForksOfClient, () => CreateAsync(times)));
            waits.Add(times.Order().ElementAt(times.Count / 2));
            baselines.Add(await RateAsync(size.Clients * size.ForksOfClient, () => InsertAsync(cancellationToken)));
        }

        var name = $"create with {size.Clients} clients among {size.Branches:#,0} branches";
        var cores = Environment.ProcessorCount;
        var aim = Aim.AtLeast(LeastOfCore * cores);
        yield return new BenchmarkResult(name, "branches/s", new(rates), Baseline, new(baselines), aim);
        var published = new Series([15.0]);
        yield return new BenchmarkResult(
            $"{name}, p50",
            "ms",
            new(waits),
            "published: lakeFS, 40 cores",
            published,
            null
        );
    }

    private Task AddBranchesAsync() =>
        platform.ArrangeAsync(
            $"""
            WITH main AS (
                SELECT t.* FROM branching.branch b JOIN branching.timeline t USING (project_id, timeline_id)
                WHERE b.name = 'main'
            ), made AS (
                INSERT INTO branching.branch (
                    project_id, name, uid, timeline_id, kind, owner, parent_branch_id, fork_version)
                SELECT main.project_id, 'there-' || n, gen_random_uuid(),
                    nextval('branching.timeline_timeline_id_seq'), 'experiment', 'lab',
                    main.branch_id, main.head_version
                FROM main, generate_series(1, {size.Branches}) AS n
                RETURNING *
            ), lines AS (
                INSERT INTO branching.timeline (
                    project_id, timeline_id, branch_id, parent_timeline_id,
                    start_version, head_version, head_hash, head_time)
                OVERRIDING SYSTEM VALUE
                SELECT main.project_id, made.timeline_id, made.branch_id, main.timeline_id,
                    main.head_version, main.head_version, main.head_hash, main.head_time
                FROM made, main
                RETURNING *
            )
            INSERT INTO branching.vector_entry (
                project_id, timeline_id, owner_timeline_id, since_version, through_version)
            SELECT main.project_id, lines.timeline_id, main.timeline_id, 0, main.head_version
            FROM lines, main WHERE main.head_version > 0;
            ANALYZE branching.branch, branching.timeline, branching.vector_entry;
            """
        );

    private async Task CreateAsync(List<double> times)
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, size.Clients)
                .Select(async _ =>
                {
                    for (var i = 0; i < size.ForksOfClient; i++)
                    {
                        var request = new V1.CreateBranchRequest
                        {
                            Parent = $"projects/{BenchmarkPlatform.Project}",
                            BranchId = $"made-{Interlocked.Increment(ref created)}",
                        };
                        var start = Stopwatch.GetTimestamp();
                        await platform.Branches.CreateBranchAsync(request, platform.Key);
                        lock (times)
                        {
                            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                        }
                    }
                })
        );
    }

    private Task InsertAsync(CancellationToken cancellationToken)
    {
        var rows = size.Clients * size.ForksOfClient;
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Connections,
            CancellationToken = cancellationToken,
        };
        return Parallel.ForAsync(
            0,
            rows,
            options,
            async (_, token) =>
            {
                await using var command = platform.Owner.CreateCommand(
                    "INSERT INTO public.plain VALUES ($1, 'a branch') ON CONFLICT DO NOTHING"
                );
                command.Parameters.Add(new() { Value = (long)Interlocked.Increment(ref created) });
                await command.ExecuteNonQueryAsync(token);
            }
        );
    }

    private static async Task<double> RateAsync(int operations, Func<Task> run) =>
        operations / await Latencies.SecondsAsync(run);
}

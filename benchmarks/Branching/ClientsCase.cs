using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// Many clients writing at once over gRPC, each a commit of one record: on a branch each, and all on one, where every
/// commit follows the one before. Clients and servers share this machine.
/// </summary>
internal sealed class ClientsCase(BenchmarkPlatform platform, BranchingSize size, LoadCase loads)
{
    private const string Apart = "an upsert of one row, as many connections as the service has";
    private const string Together = "the same, and each adds one to a row that all share";
    private const double BytesPerMegabyte = 1e6;
    private int writes;

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await loads.EnsureDatasetAsync();
        string[] branches = [.. Enumerable.Range(0, size.WritingClients).Select(client => $"client-{client}")];
        for (var client = 0; client < branches.Length; client++)
        {
            branches[client] = await platform.BranchAsync(branches[client], LoadCase.Empty);
        }

        await platform.ArrangeAsync(
            """
            CREATE TABLE public.written (id bigint PRIMARY KEY, subject text, value numeric);
            CREATE TABLE public.shared (total bigint); INSERT INTO public.shared VALUES (0)
            """
        );
        // Long enough that what is measured is not how a hundred calls begin at one instant.
        var round = size.Round * 6;
        var contest = new Contest(size.Rounds, round, round * 2) { FewestOperations = 1 };
        var one = branches[0];
        var (apart, plainApart) = await contest.RunAsync(
            new Contender("branches", count => WriteAsync(count, client => branches[client], cancellationToken)),
            new Contender(Apart, count => InsertAsync(count, isShared: false, cancellationToken)),
            cancellationToken
        );
        var heap = HeapMegabytes();
        var (together, plainTogether) = await contest.RunAsync(
            new Contender("one branch", count => WriteAsync(count, _ => one, cancellationToken)),
            new Contender(Together, count => InsertAsync(count, isShared: true, cancellationToken)),
            cancellationToken
        );
        var clients = $"{size.WritingClients} clients, commits of one record";
        yield return Rate($"{clients}, on as many branches", apart, Apart, plainApart);
        yield return Rate($"{clients}, on one branch", together, Together, plainTogether);
        yield return new BenchmarkResult(
            $"memory of clients and services after {writes:#,0} commits",
            "MB",
            new([HeapMegabytes()]),
            "after the first half",
            new([heap]),
            null
        );
    }

    private BenchmarkResult Rate(string name, Outcome ours, string baseline, Outcome theirs) =>
        new(
            name,
            "commits/s",
            ours.RatePerSecond.Times(size.WritingClients),
            baseline,
            theirs.RatePerSecond.Times(size.WritingClients),
            null
        );

    /// <summary>Every client makes so many commits, one after the other.</summary>
    private Task WriteAsync(int count, Func<int, string> branchOf, CancellationToken cancellationToken) =>
        EachAsync(
            size.WritingClients,
            async client =>
            {
                for (var i = 0; i < count; i++)
                {
                    var record = new V1.RecordPut { Values = Row(Interlocked.Increment(ref writes)) };
                    await platform.Records.PutRecordsAsync(
                        new() { Parent = $"{branchOf(client)}/datasets/{LoadCase.Dataset}", Records = { record } },
                        platform.Key,
                        cancellationToken: cancellationToken
                    );
                }
            }
        );

    private Task InsertAsync(int count, bool isShared, CancellationToken cancellationToken) =>
        EachAsync(
            size.WritingClients,
            async _ =>
            {
                for (var i = 0; i < count; i++)
                {
                    await using var batch = platform.Owner.CreateBatch();
                    if (isShared)
                    {
                        batch.BatchCommands.Add(new("UPDATE public.shared SET total = total + 1"));
                    }

                    var id = new Npgsql.NpgsqlParameter { Value = (long)Interlocked.Increment(ref writes) };
                    batch.BatchCommands.Add(
                        new(
                            """
                            INSERT INTO public.written VALUES ($1, 'subject', 120.5)
                            ON CONFLICT (id) DO UPDATE SET value = excluded.value
                            """
                        )
                        {
                            Parameters = { id },
                        }
                    );
                    await batch.ExecuteNonQueryAsync(cancellationToken);
                }
            }
        );

    private static Task EachAsync(int clients, Func<int, Task> run) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => run(client))));

    private static Struct Row(int number) =>
        new()
        {
            Fields =
            {
                ["id"] = Value.ForNumber(number),
                ["subject"] = Value.ForString($"01-701-{number % 1000}"),
                ["value"] = Value.ForString("120.5"),
            },
        };

    private static double HeapMegabytes() => GC.GetTotalMemory(forceFullCollection: true) / BytesPerMegabyte;
}

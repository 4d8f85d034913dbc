using Dendrite.Storage;
using Dendrite.Storage.Compaction;
using Npgsql;

namespace Dendrite.IngestService.Tests.Query;

/// <summary>Blocks are gathered and encoded densely behind the backs of those who write, read and fork.</summary>
public sealed class GatheredBlockTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const int BlockSamples = 64;

    private CompactionStore Store => new(new PlatformDatabase(fixture.Database.Scheduler));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_version_and_every_fork_reads_as_before_to_the_byte()
    {
        var branch = await fixture.ForkAsync();
        var stream = IngestFixture.StreamName(branch);
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        var versions = await AppendAsync(gateway, blocks: 40);
        var fork = await fixture.ForkAsync(branch);
        versions.AddRange(await AppendAsync(gateway, blocks: 30, start: 40));
        await gateway.CloseAsync();
        var before = await ReadAllAsync(stream, fork, versions);

        var tally = await GatherAsync(branch);

        Assert.True(tally.Blocks >= 70);
        Assert.True(tally.BytesAfter < 0.8 * tally.BytesBefore);
        Assert.Equal(before, await ReadAllAsync(stream, fork, versions));
        Assert.All(await fixture.VerifyDataAsync(branch), Assert.Null);
        Assert.All(await fixture.VerifyDataAsync(fork), Assert.Null);
        Assert.Equal(70, await CountOfAsync(branch, "true"));
        Assert.Equal(1, await CountOfAsync(branch, "octet_length(payload) > 0"));
        Assert.Equal(new CompactionTally(0, 0, 0, 0), await GatherAsync(branch));
    }

    [Fact]
    public async Task A_writer_goes_on_behind_what_was_gathered_and_may_send_it_again()
    {
        var branch = await fixture.ForkAsync();
        var stream = IngestFixture.StreamName(branch);
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        await AppendAsync(gateway, blocks: 20);
        gateway.Dispose();
        await GatherAsync(branch);

        var (again, opened) = await Gateway.OpenAsync(fixture, stream);
        using var __ = again;
        Assert.Equal(20 * BlockSamples, opened.NextSample);
        await again.SendAsync(Recording.Block(5 * BlockSamples, 10 * BlockSamples));
        await AppendAsync(again, blocks: 20, start: 20);
        await again.SendAsync(Recording.Encoded(70, 10, Recording.Samples(71, 10)));
        var (_, reason, _) = await again.HearFailureAsync();

        Assert.Equal(Errors.ErrorReason.BlockContradiction, reason);
        await GatherAsync(branch);
        await fixture.AssertHoldsAsync(stream, 40 * BlockSamples);
        Assert.All(await fixture.VerifyDataAsync(branch), Assert.Null);
        Assert.Equal(2, await CountOfAsync(branch, "octet_length(payload) > 0"));
    }

    [Fact]
    public async Task Nothing_changes_for_anybody_while_blocks_are_gathered_all_the_time_and_gatherers_are_killed()
    {
        var branch = await fixture.ForkAsync();
        var stream = IngestFixture.StreamName(branch);
        using var stop = new CancellationTokenSource();
        var gathering = Task.WhenAll(GatherUntilAsync(branch, stop.Token), GatherUntilAsync(branch, stop.Token));
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        var forks = new List<(string Branch, long End)>();
        for (var round = 0; round < 8; round++)
        {
            await AppendAsync(gateway, blocks: 15, start: 15 * round);
            var end = 15L * (round + 1) * BlockSamples;
            forks.Add((await fixture.ForkAsync(branch), end));
            await KillGatherersAsync();
            foreach (var (fork, forkEnd) in forks.Append((branch, end)))
            {
                await fixture.AssertHoldsAsync(IngestFixture.StreamName(fork), forkEnd);
            }
        }

        await gateway.CloseAsync();
        await stop.CancelAsync();
        await gathering;
        await GatherAsync(branch);

        Assert.All(await fixture.VerifyDataAsync(branch), Assert.Null);
        Assert.True(await CountOfAsync(branch, "octet_length(payload) > 0") < 120);
        Assert.Equal(0, await CountOfAsync(branch, "carrier_sample IS NULL"));
    }

    [Fact]
    public async Task What_is_not_settled_stays_and_what_is_damaged_stays_for_whoever_restores_it()
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var __ = gateway;
        await AppendAsync(gateway, blocks: 5);
        await gateway.CloseAsync();

        Assert.Equal(0, (await GatherAsync(branch, TimeSpan.FromHours(1))).Blocks);
        await fixture.CountAsync(
            $"""
            UPDATE signals.block SET sample_digest = sha256('x') FROM branching.branch b
            WHERE b.timeline_id = signals.block.timeline_id AND first_sample = 64 AND b.name = '{branch}'
            """
        );
        Assert.Equal(5, (await GatherAsync(branch)).DamagedBlocks);
        Assert.Equal(5, await CountOfAsync(branch, "carrier_sample IS NULL AND octet_length(payload) > 0"));
    }

    [Fact]
    public async Task Only_the_scheduler_may_put_payloads_in_place_of_others()
    {
        var line = new BlockLine(new(1), 1, 0);
        var asIngest = new CompactionStore(new PlatformDatabase(fixture.Database.Ingest));
        var block = new LooseBlock(0, 1, new(1), new byte[32], 1, IsSettled: true);

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() =>
            asIngest.GatherAsync(fixture.ProjectId, line, [block], null, Token)
        );

        var cause = refusal as PostgresException ?? refusal.InnerException as PostgresException;
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, cause?.SqlState);
    }

    /// <summary>Blocks of a commit each.</summary>
    private static async Task<List<long>> AppendAsync(Gateway gateway, int blocks, int start = 0)
    {
        List<long> versions = [];
        for (var block = start; block < start + blocks; block++)
        {
            await gateway.SendAsync(Recording.Block((long)block * BlockSamples, BlockSamples));
            var heard = await gateway.HearUntilAsync((block + 1L) * BlockSamples);
            versions.Add(heard[^1].Version);
        }

        return versions;
    }

    /// <summary>What a reader of each version gets, in both forms, and one of the fork, and of ranges within.</summary>
    private async Task<List<string>> ReadAllAsync(string stream, string fork, List<long> versions)
    {
        List<V1.ReadSamplesRequest> requests =
        [
            new() { Stream = IngestFixture.StreamName(fork) },
            new()
            {
                Stream = stream,
                Samples = new() { StartSample = 1000, EndSample = 1003 },
            },
            new() { Stream = stream, Channels = { "c3", "c1" } },
        ];
        foreach (var version in versions.Where((_, place) => place % 9 == 0))
        {
            var at = new V1.SnapshotPoint { Version = version };
            requests.Add(new() { Stream = stream, At = at });
            requests.Add(
                new()
                {
                    Stream = stream,
                    At = at,
                    Format = V1.SampleFormat.Blocks,
                }
            );
        }

        List<string> read = [];
        foreach (var request in requests)
        {
            read.AddRange((await fixture.ReadAsync(request)).Select(response => response.ToString()));
        }

        return read;
    }

    private async Task<CompactionTally> GatherAsync(string branch, TimeSpan settle = default)
    {
        var (store, compactor) = (Store, new Compactor(Store));
        var tally = new CompactionTally(0, 0, 0, 0);
        var timeline = await fixture.CountAsync($"SELECT timeline_id FROM branching.branch WHERE name = '{branch}'");
        foreach (var line in await store.ListLinesAsync(fixture.ProjectId, default, Token))
        {
            if (line.Timeline.Value != timeline)
            {
                continue;
            }

            tally += await compactor.GatherAsync(fixture.ProjectId, line, settle, () => Task.FromResult(true), Token);
        }

        return tally;
    }

    private async Task GatherUntilAsync(string branch, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await GatherAsync(branch);
            }
            catch (Errors.DendriteException killed) when (killed.Reason == Errors.ErrorReason.Unavailable)
            {
                // The next round finds what this one left.
            }
        }
    }

    private Task<long> KillGatherersAsync() =>
        fixture.CountAsync(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'dendrite_scheduler'"
        );

    private Task<long> CountOfAsync(string branch, string condition) =>
        fixture.CountAsync(
            $"""
            SELECT count(*) FROM signals.block
            WHERE timeline_id = (SELECT timeline_id FROM branching.branch WHERE name = '{branch}') AND {condition}
            """
        );
}

using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Npgsql;

namespace Dendrite.IngestService.Tests.Query;

/// <summary>Ranges of time, of streams whose anchors say when their samples were taken.</summary>
public sealed class TimeWindowTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const int AnchorsPerMessage = 1_000;

    private static readonly long StartNs = Nanoseconds(Recording.Descriptor().StartTime);

    [Fact]
    public async Task Samples_of_an_irregular_stream_are_found_by_their_anchors()
    {
        long[] seconds = [1, 2, 10, 11, 12, 50, 51, 90];
        var stream = await RecordAsync(
            seconds.Length,
            0,
            [.. seconds.Select((at, i) => ((long)i, at * 1_000_000_000))]
        );

        var (range, first) = await ReadAsync(stream, 10_000_000_000, 51_000_000_000);

        Assert.Equal(new V1.SampleRange { StartSample = 2, EndSample = 6 }, range);
        Assert.Equal(StartNs + 10_000_000_000, Nanoseconds(first));
        Assert.Equal(range, (await OverviewAsync(stream, 10_000_000_000, 51_000_000_000)).Range);
        Assert.Equal(4, await CountAsync(stream, 10_000_000_000, 51_000_000_000));
    }

    [Fact]
    public async Task Behind_a_pause_samples_are_where_the_anchors_put_them()
    {
        const long hour = 3_600_000_000_000;
        var stream = await RecordAsync(512, 256, [(0, 0), (255, 996_093_750), (256, hour)]);

        Assert.Equal((256, 512), await FindAsync(stream, hour, 2 * hour));
        Assert.Equal((256, 384), await FindAsync(stream, hour, hour + 500_000_000));
        Assert.Equal((0, 256), await FindAsync(stream, 0, hour));
        Assert.Equal((256, 256), await FindAsync(stream, hour / 2, hour / 2 + 1_000_000_000));
        Assert.Equal((0, 512), await FindAsync(stream, null, null));
        Assert.Equal((512, 512), await FindAsync(stream, 2 * hour, null));
        Assert.Equal((0, 0), await FindAsync(stream, -hour, 0));
    }

    [Fact]
    public async Task An_anchor_that_was_corrected_counts_as_it_is_now()
    {
        var stream = await RecordAsync(100, 0, [(0, 0), (50, 50_000_000_000)]);
        using (var gateway = (await Gateway.OpenAsync(fixture, stream, Descriptor(0))).Gateway)
        {
            await SendAsync(gateway, [(50, 100_000_000_000)]);
            await gateway.CloseAsync();
        }

        Assert.Equal((20, 40), await FindAsync(stream, 40_000_000_000, 80_000_000_000));
    }

    [Fact]
    public async Task From_its_start_to_its_end_time_is_the_whole_stream()
    {
        const long hour = 3_600_000_000_000;
        var stream = await RecordAsync(512, 256, [(256, hour), (511, 2 * hour)], finish: true);

        var found = (await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options)).Stream;
        using var tail = fixture.Query.Tail(new() { Stream = stream }, IngestFixture.Options);
        var told = await tail.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync();

        Assert.Equal((2 * hour) + 3_906_250, Nanoseconds(found.EndTime) - StartNs);
        Assert.Equal(found.EndTime, told[^1].Finished.EndTime);
        Assert.Equal((0, 512), await FindAsync(stream, 0, Nanoseconds(found.EndTime) - StartNs));
    }

    [Fact]
    public async Task A_list_tells_of_each_stream_the_end_that_it_has_by_itself()
    {
        const long hour = 3_600_000_000_000;
        var anchored = await RecordAsync(512, 256, [(256, hour), (511, 2 * hour)]);
        var parent = anchored[..anchored.IndexOf("/streams/", StringComparison.Ordinal)];
        var plain = $"{parent}/streams/a-plain";
        var first = new V1.AppendBatchRequest
        {
            Open = new()
            {
                Stream = plain,
                Descriptor_ = Recording.Descriptor(),
                CreateIfMissing = true,
            },
            Blocks = { Recording.Block(0, 10) },
        };
        await fixture.Ingest.AppendBatchAsync(first, IngestFixture.Options);
        var empty = new V1.CreateStreamRequest
        {
            Parent = parent,
            StreamId = "zz-empty",
            Stream = Recording.Descriptor(),
        };
        await fixture.Ingest.CreateStreamAsync(empty, IngestFixture.Options);

        var list = await fixture.Query.ListStreamsAsync(new() { Parent = parent }, IngestFixture.Options);

        Assert.Equal(3, list.Streams.Count);
        foreach (var listed in list.Streams)
        {
            var found = await fixture.Query.GetStreamAsync(new() { Name = listed.Name }, IngestFixture.Options);
            Assert.Equal(found.Stream, listed);
        }
    }

    [Fact]
    public async Task An_irregular_stream_ends_at_its_last_anchor()
    {
        var stream = await RecordAsync(2, 0, [(0, 0), (1, 5_000_000_000)]);

        var found = (await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options)).Stream;

        Assert.Equal(StartNs + 5_000_000_000, Nanoseconds(found.EndTime));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    public async Task Every_range_is_that_of_a_plain_search(int spacing)
    {
        var random = new Random(spacing);
        List<(long Sample, long Ns)> anchors = [];
        for (var (sample, ns) = (spacing - 1L, 5_000L); sample < 6_000; sample += random.Next(1, (2 * spacing) + 1))
        {
            anchors.Add((sample, ns));
            ns += random.Next(3) * 1_000_000;
        }

        var stream = await RecordAsync(6_000, 256, anchors);
        for (var i = 0; i < 30; i++)
        {
            var from = random.NextInt64(-1_000, anchors[^1].Ns + 2_000_000_000);
            var to = i % 2 == 0 ? from : anchors[random.Next(anchors.Count)].Ns;
            (from, to) = (Math.Min(from, to), Math.Max(from, to));

            var expected = (PlainFind(anchors, from), PlainFind(anchors, to));

            Assert.Equal(expected, await FindAsync(stream, from, to));
        }
    }

    [Fact]
    public async Task A_fork_is_read_by_time_without_stepping_over_what_its_parent_recorded_on()
    {
        var anchors = AnchorsOf(new(5), 0, 500, 0);
        var stream = await RecordAsync(500, 256, anchors);
        var parent = StreamName.Parse(stream).Parent.Branch;
        // One that is there before its sample.
        await GoOnAsync(stream, 500, 0, [(510, anchors[^1].Ns + 40_000_000)]);
        anchors.Add((510, anchors[^1].Ns + 40_000_000));
        var fork = await fixture.ForkAsync(parent);
        await GoOnAsync(stream, 500, 5_000, AnchorsOf(new(6), 511, 5_500, 1_000_000_000));
        var forked = IngestFixture.StreamName(fork);
        await AssertPlainAsync(forked, anchors, 500);

        var own = AnchorsOf(new(7), 520, 800, 3_000_000_000);
        await GoOnAsync(forked, 500, 300, own);

        await AssertPlainAsync(forked, [.. anchors, .. own], 800);
        // What other connections read before may be told in between, but not each time.
        var reads = new long[8];
        for (var i = 0; i < reads.Length; i++)
        {
            reads[i] = await PagesReadAsync(fork, [.. Enumerable.Range(750, 50).Select(i => (long)i)]);
        }

        Assert.InRange(reads.Min(), 1, 1_000);
    }

    [Fact]
    public async Task A_fork_has_all_anchors_that_its_parent_wrote_on_samples_that_a_merge_brought()
    {
        var anchors = AnchorsOf(new(8), 0, 1_000, 0);
        var stream = await RecordAsync(500, 256, anchors[..500]);
        var parent = StreamName.Parse(stream).Parent.Branch;
        var side = await fixture.ForkAsync(parent);
        await GoOnAsync(IngestFixture.StreamName(side), 500, 500, anchors[500..]);
        await MergeAsync(side, parent);
        // Of its own the parent has 500 samples, and corrects the times of those that came.
        var corrected = anchors.ConvertAll(one => one.Sample < 700 ? one : (one.Sample, Ns: one.Ns + 500_000));
        await GoOnAsync(stream, 1_000, 0, corrected[700..]);
        var fork = await fixture.ForkAsync(parent);
        // Again after the fork, of which it sees nothing, and far beyond it.
        var later = anchors.ConvertAll(one => (one.Sample, Ns: one.Ns + 700_000));
        await GoOnAsync(stream, 1_000, 5_000, [.. later[500..], .. AnchorsOf(new(9), 1_000, 6_000, later[^1].Ns)]);

        await AssertPlainAsync(IngestFixture.StreamName(fork), corrected, 1_000);
        await AssertPlainAsync(IngestFixture.StreamName(side), anchors, 1_000);

        var reads = new long[8];
        for (var i = 0; i < reads.Length; i++)
        {
            reads[i] = await PagesReadAsync(fork, [.. Enumerable.Range(940, 50).Select(i => (long)i)]);
        }

        Assert.InRange(reads.Min(), 1, 1_000);
    }

    private async Task MergeAsync(string source, string target)
    {
        var token = TestContext.Current.CancellationToken;
        var store = new PlatformDatabase(fixture.Database.Branch);
        var reader = new SnapshotReader(store);
        var heads = new MergeHeads(
            await reader.ReadAsync(fixture.ProjectId, source, SnapshotPoint.Head, token),
            await reader.ReadAsync(fixture.ProjectId, target, SnapshotPoint.Head, token)
        );
        var commit = new MergeCommit("tests", "merged")
        {
            MovedStreams = [await fixture.CountAsync("SELECT max(stream_id) FROM signals.stream")],
        };
        await using var merge = await new MergeWriter(store).BeginAsync(fixture.ProjectId, heads, commit, token);
        await merge!.CommitAsync(token);
    }

    private async Task AssertPlainAsync(string stream, List<(long Sample, long Ns)> anchors, int samples)
    {
        for (var i = 0; i < anchors.Count; i += 40)
        {
            var expected = (PlainFind(anchors, anchors[i].Ns, samples), PlainFind(anchors, anchors[^1].Ns, samples));
            Assert.Equal(expected, await FindAsync(stream, anchors[i].Ns, anchors[^1].Ns));
        }

        Assert.Equal((0, samples), await FindAsync(stream, 0, anchors[^1].Ns + 3_600_000_000_000));
    }

    /// <summary>One for each sample of a range, at instants that ascend from one on.</summary>
    private static List<(long Sample, long Ns)> AnchorsOf(Random random, int start, int end, long ns) =>
        [.. Enumerable.Range(start, end - start).Select(sample => ((long)sample, ns += random.Next(1, 9) * 1_000_000))];

    private async Task GoOnAsync(string stream, long from, int count, IReadOnlyList<(long Sample, long Ns)> anchors)
    {
        using var gateway = (await Gateway.OpenAsync(fixture, stream, Descriptor(256))).Gateway;
        if (count > 0)
        {
            await gateway.SendAsync(Recording.Block(from, count));
        }

        await SendAsync(gateway, anchors);
        await gateway.CloseAsync();
    }

    /// <summary>How many pages of the index are read while the anchors around some samples are looked for.</summary>
    private async Task<long> PagesReadAsync(string branch, long[] samples)
    {
        const string name = "pages-read";
        var token = TestContext.Current.CancellationToken;
        var database = fixture.Database;
        var id = await fixture.CountAsync("SELECT max(stream_id) FROM signals.stream");
        var before = await CountReadAsync();
        var address = new NpgsqlConnectionStringBuilder(database.ConnectionString("dendrite_ingest"))
        {
            ApplicationName = name,
        };
        await using (var source = NpgsqlDataSource.Create(address.ConnectionString))
        {
            var store = new PlatformDatabase(source);
            var reader = new SnapshotReader(store);
            var sight = await reader.ReadAsync(fixture.ProjectId, branch, SnapshotPoint.Head, token);
            await new TimeAnchorStore(store).FindAroundAsync(fixture.ProjectId, sight.Snapshot, id, samples, token);
        }

        // What a connection read is told at its end at the latest.
        while (await fixture.CountAsync($"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'") > 0)
        {
            token.ThrowIfCancellationRequested();
        }

        return await CountReadAsync() - before;

        Task<long> CountReadAsync() =>
            fixture.CountAsync(
                """
                SELECT idx_blks_hit + idx_blks_read FROM pg_statio_all_indexes
                WHERE indexrelname = 'time_anchor_pkey'
                """
            );
    }

    /// <summary>By the instant of each sample, one after the other.</summary>
    private static long PlainFind(List<(long Sample, long Ns)> anchors, long instant, long samples = 6_000)
    {
        var before = (Sample: 0L, Ns: 0L);
        var next = 0;
        for (var sample = 0L; sample < samples; sample++)
        {
            for (; next < anchors.Count && anchors[next].Sample <= sample; next++)
            {
                before = anchors[next];
            }

            var passed = (decimal)(sample - before.Sample);
            var at =
                next < anchors.Count
                    ? before.Ns + (passed * (anchors[next].Ns - before.Ns) / (anchors[next].Sample - before.Sample))
                    : before.Ns + (passed * 1_000_000_000 / 256);
            if (at >= instant)
            {
                return sample;
            }
        }

        return samples;
    }

    private async Task<(long Start, long End)> FindAsync(string stream, long? fromNs, long? toNs)
    {
        var (range, _) = await ReadAsync(stream, fromNs, toNs);
        return (range.StartSample, range.EndSample);
    }

    private async Task<(V1.SampleRange Range, Timestamp First)> ReadAsync(string stream, long? fromNs, long? toNs)
    {
        var responses = await fixture.ReadAsync(new() { Stream = stream, Time = Between(fromNs, toNs) });
        return (responses[0].Header.Range, responses[0].Header.FirstSampleTime);
    }

    private async Task<V1.OverviewHeader> OverviewAsync(string stream, long fromNs, long toNs)
    {
        var request = new V1.ReadOverviewRequest
        {
            Stream = stream,
            Time = Between(fromNs, toNs),
            BucketCount = 1,
        };
        using var call = fixture.Query.ReadOverview(request, IngestFixture.Options);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        return call.ResponseStream.Current.Header;
    }

    private async Task<long> CountAsync(string stream, long fromNs, long toNs)
    {
        var request = new V1.ReadStatisticsRequest { Stream = stream, Time = Between(fromNs, toNs) };
        using var call = fixture.Query.ReadStatistics(request, IngestFixture.Options);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        return call.ResponseStream.Current.SampleCount;
    }

    /// <summary>A stream of so many samples, with anchors in nanoseconds after its start.</summary>
    private async Task<string> RecordAsync(
        int count,
        long rate,
        IReadOnlyList<(long Sample, long Ns)> anchors,
        bool finish = false
    )
    {
        var name = IngestFixture.StreamName(await fixture.ForkAsync());
        using var gateway = (await Gateway.OpenAsync(fixture, name, Descriptor(rate))).Gateway;
        await gateway.SendAsync(Recording.Block(0, count));
        await SendAsync(gateway, anchors);
        await gateway.CloseAsync(finish);
        return name;
    }

    private static async Task SendAsync(Gateway gateway, IEnumerable<(long Sample, long Ns)> anchors)
    {
        foreach (var some in anchors.Chunk(AnchorsPerMessage))
        {
            var message = new V1.AppendTimeAnchors();
            message.Anchors.Add(some.Select(one => new V1.TimeAnchor { Sample = one.Sample, Instant = After(one.Ns) }));
            await gateway.SendAsync(new V1.AppendRequest { TimeAnchors = message });
        }
    }

    private static V1.SignalStream Descriptor(long rate)
    {
        var descriptor = Recording.Descriptor();
        descriptor.NominalRate = new() { Samples = rate, Seconds = 1 };
        return descriptor;
    }

    private static V1.TimeRange Between(long? fromNs, long? toNs) =>
        new() { StartTime = fromNs is { } from ? After(from) : null, EndTime = toNs is { } to ? After(to) : null };

    private static Timestamp After(long nanoseconds)
    {
        var (seconds, nanos) = Math.DivRem(StartNs + nanoseconds, 1_000_000_000);
        return new() { Seconds = seconds, Nanos = (int)nanos };
    }

    private static long Nanoseconds(Timestamp time) => (time.Seconds * 1_000_000_000) + time.Nanos;
}

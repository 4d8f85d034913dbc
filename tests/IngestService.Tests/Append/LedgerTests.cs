using Dendrite.Signals.Blocks;
using Dendrite.Storage;
using Dendrite.Storage.History;
using Dendrite.Storage.Snapshots;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Tests.Append;

/// <summary>Nothing is lost in silence: each sample index is in a block, or in a gap that says why not.</summary>
public sealed class LedgerTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static readonly V1.GapCause[] Causes =
    [
        V1.GapCause.Paused,
        V1.GapCause.DeviceCounterJump,
        V1.GapCause.SpoolOverflow,
        V1.GapCause.Declared,
    ];

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Every_sample_of_any_recording_is_in_a_block_or_in_a_gap_with_its_cause(int seed)
    {
        var random = new Random(seed);
        var branch = await fixture.ForkAsync();
        var stream = IngestFixture.StreamName(branch);
        var expected = new List<(long Start, long End, V1.GapCause Cause)>();
        var next = 0L;
        // Several calls, ended in every way there is.
        for (var call = 0; call < 4; call++)
        {
            var (gateway, opened) = await Gateway.OpenAsync(fixture, stream);
            using var _ = gateway;
            Assert.Equal(next, opened.NextSample);
            for (var i = 0; i < 10; i++)
            {
                var count = random.Next(1, 90);
                var cause = Causes[random.Next(Causes.Length)];
                var isGap = random.Next(3) == 0;
                await gateway.SendAsync(
                    isGap ? Gap(next, count, cause) : new() { Block = Recording.Block(next, count) }
                );
                if (isGap)
                {
                    expected.Add((next, next + count, cause));
                }

                next += count;
            }

            await gateway.HearUntilAsync(next);
            await (random.Next(2) == 0 ? gateway.CloseAsync() : gateway.HangUpAsync());
        }

        Assert.Null(await FindHoleAsync(branch));
        var listed = await fixture.Query.ListGapsAsync(new() { Parent = stream }, IngestFixture.Options);
        Assert.Equal(expected, listed.Gaps.Select(gap => (gap.Range.StartSample, gap.Range.EndSample, gap.Cause)));
        var found = (await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options)).Stream;
        Assert.Equal(next, found.EndSample);
        Assert.Equal(expected.Sum(gap => gap.End - gap.Start), found.MissingSampleCount);
    }

    [Theory]
    [InlineData("signals.block", 50, 150)]
    [InlineData("signals.gap", 150, 200)]
    public async Task A_block_or_gap_that_is_gone_is_said_with_its_samples(string table, long start, long end)
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 50));
        await gateway.SendAsync(Recording.Block(50, 100));
        await gateway.SendAsync(Gap(150, 50, V1.GapCause.SpoolOverflow));
        await gateway.SendAsync(Recording.Block(200, 50));
        var version = (await gateway.CloseAsync()).Version;
        await fixture.CountAsync(
            $"DELETE FROM {table} AS row USING branching.branch AS b WHERE b.timeline_id = row.timeline_id "
                + $"AND b.name = '{branch}' AND first_sample = {start}"
        );

        var hole = await FindHoleAsync(branch);

        Assert.NotNull(hole);
        Assert.Equal(("eeg", 0, start, end), (hole.Stream, hole.ChannelGroup, hole.Samples.Start, hole.Samples.End));
        Assert.InRange(hole.Version.Value, 1, version);
    }

    [Fact]
    public async Task A_last_block_that_is_gone_is_said()
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 50));
        await gateway.CloseAsync();
        var child = await fixture.ForkAsync(branch);
        await fixture.CountAsync(
            "DELETE FROM signals.block AS row USING branching.branch AS b WHERE b.timeline_id = row.timeline_id "
                + $"AND b.name = '{branch}'"
        );
        Assert.Equal((0, 50), ((await FindHoleAsync(child))!.Samples.Start, (await FindHoleAsync(child))!.Samples.End));
    }

    [Fact]
    public async Task Facts_about_a_block_and_the_block_itself_are_read_back_as_they_came()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        var block = Recording.Block(0, 100);
        block.Metadata = new()
        {
            Fields = { ["temperature"] = Value.ForNumber(36.5), ["packet"] = Value.ForString("17") },
        };
        await gateway.SendAsync(block);
        await gateway.SendAsync(Gap(100, 20, V1.GapCause.Paused));
        await gateway.SendAsync(Recording.Block(120, 80));
        await gateway.CloseAsync();
        var request = new V1.ReadSamplesRequest
        {
            Stream = stream,
            Format = V1.SampleFormat.Blocks,
            Samples = new() { StartSample = 90, EndSample = 130 },
        };

        var responses = await fixture.ReadAsync(request);

        Assert.Equal(block, responses[1].Block);
        Assert.Equal(100, responses[2].Gap.Range.StartSample);
        Assert.Equal(120, responses[3].Block.FirstSample);
        Assert.Null(responses[3].Block.Metadata);
        var decoded = new byte[Recording.Channels * 80 * sizeof(short)];
        SampleBlock.Open(responses[3].Block.Payload.Span).Decode(decoded);
        Assert.Equal(Recording.Samples(120, 80), decoded);
    }

    private async Task<LedgerHole?> FindHoleAsync(string branch)
    {
        var store = new PlatformDatabase(fixture.Database.Branch);
        var seen = await new SnapshotReader(store).ReadAsync(fixture.ProjectId, branch, SnapshotPoint.Head, default);
        return await new LedgerStore(store).FindHoleAsync(fixture.ProjectId, seen.Snapshot, default);
    }

    private static V1.AppendRequest Gap(long start, int count, V1.GapCause cause) =>
        new()
        {
            Gap = new()
            {
                Range = new() { StartSample = start, EndSample = start + count },
                Cause = cause,
            },
        };
}

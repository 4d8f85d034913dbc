using Google.Protobuf.WellKnownTypes;
using static Dendrite.V1.TailResponse;

namespace Dendrite.IngestService.Tests.Query.Tail;

/// <summary>What a tail gives.</summary>
public sealed class TailTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task From_now_on_comes_what_is_appended_and_nothing_of_before()
    {
        var (gateway, stream) = await RecordAsync(100);
        using var _ = gateway;
        using var tail = await TailClient.OpenAsync(fixture, stream);
        Assert.Equal(new() { StartSample = 100, EndSample = 100 }, tail.Header.Range);
        Assert.Null(tail.Header.FirstSampleTime);

        await gateway.SendAsync(Recording.Block(100, 50));
        await gateway.SendAsync(Recording.Block(150, 7));
        await tail.HearUntilAsync(157);
        Assert.Empty(tail.Others);
    }

    [Fact]
    public async Task From_a_point_the_past_comes_first_and_then_what_is_appended()
    {
        var (gateway, stream) = await RecordAsync(100);
        using var _ = gateway;
        using var tail = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 30);
        Assert.Equal(new() { StartSample = 30, EndSample = 100 }, tail.Header.Range);
        await tail.HearUntilAsync(100);
        await gateway.SendAsync(Recording.Block(100, 10));
        await tail.HearUntilAsync(110);
    }

    [Fact]
    public async Task An_empty_stream_is_followed_from_its_first_sample()
    {
        var (gateway, stream) = await RecordAsync(0);
        using var _ = gateway;
        using var fromNow = await TailClient.OpenAsync(fixture, stream);
        using var fromStart = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0);
        await gateway.SendAsync(Recording.Block(0, 10));
        await fromNow.HearUntilAsync(10);
        await fromStart.HearUntilAsync(10);
    }

    [Fact]
    public async Task The_end_of_a_stream_is_said_with_its_descriptor_after_its_last_sample()
    {
        var (gateway, stream) = await RecordAsync(10);
        using var _ = gateway;
        using var tail = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0);
        await gateway.SendAsync(Recording.Block(10, 10));
        await gateway.CloseAsync(finish: true);

        await tail.HearUntilAsync(20);
        var last = (await tail.HearAsync())!;
        Assert.Equal(MessageOneofCase.Finished, last.MessageCase);
        Assert.Equal(
            (stream, V1.StreamState.Finished, 20),
            (last.Finished.Name, last.Finished.State, last.Finished.EndSample)
        );
        Assert.Null(await tail.HearAsync());

        using var late = await TailClient.OpenAsync(fixture, stream);
        Assert.Equal(MessageOneofCase.Finished, (await late.HearAsync())!.MessageCase);
        Assert.Null(await late.HearAsync());
    }

    [Fact]
    public async Task Missing_samples_come_as_gaps_in_their_place_in_the_past_and_live()
    {
        var (gateway, stream) = await RecordAsync(10);
        using var _ = gateway;
        await gateway.SendAsync(new V1.AppendRequest { Gap = Lost(10, 15) });
        await gateway.SendAsync(Recording.Block(15, 5));
        await gateway.HearUntilAsync(20);
        using var tail = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 12);
        await tail.HearUntilAsync(20);
        await gateway.SendAsync(new V1.AppendRequest { Gap = Lost(20, 30) });
        await gateway.SendAsync(Recording.Block(30, 5));
        await tail.HearUntilAsync(35);

        Assert.Equal([(12L, 15L), (20L, 30L)], tail.Others.Select(each => Bounds(each.Gap.Range)));
        Assert.All(tail.Others, each => Assert.Equal(V1.GapCause.DeviceCounterJump, each.Gap.Cause));
    }

    [Fact]
    public async Task What_a_mask_hides_comes_as_a_gap_and_what_was_sent_before_it_stays_sent()
    {
        var (gateway, stream) = await RecordAsync(20);
        using var _ = gateway;
        using var before = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0);
        await before.HearUntilAsync(20);
        await fixture.Ingest.MaskSamplesAsync(
            new()
            {
                Stream = stream,
                Range = new() { StartSample = 5, EndSample = 8 },
                Reason = "artefact",
            },
            IngestFixture.Options
        );
        using var after = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0);
        await after.HearUntilAsync(20);
        await gateway.SendAsync(Recording.Block(20, 1));
        await before.HearUntilAsync(21);

        Assert.Empty(before.Others);
        var hidden = Assert.Single(after.Others).Gap;
        Assert.Equal(((5, 8), V1.GapCause.Masked), (Bounds(hidden.Range), hidden.Cause));
    }

    [Fact]
    public async Task Annotations_come_when_they_are_written_each_time_and_once()
    {
        var (gateway, stream) = await RecordAsync(20);
        using var _ = gateway;
        await NoteAsync(stream, 3, "early");
        using var fromNow = await TailClient.OpenAsync(fixture, stream);
        using var fromStart = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0);
        var id = await NoteAsync(stream, 7, "blink");
        await gateway.SendAsync(Recording.Block(20, 5));
        await fromNow.HearUntilAsync(25);
        await fromStart.HearUntilAsync(25);
        await NoteAsync(stream, 8, "a blink indeed", id);
        await gateway.SendAsync(Recording.Block(25, 5));
        await fromNow.HearUntilAsync(30);
        await fromStart.HearUntilAsync(30);

        Assert.Equal(["blink", "a blink indeed"], fromNow.Others.Select(each => each.Annotation.Text));
        Assert.Equal(["early", "blink", "a blink indeed"], fromStart.Others.Select(each => each.Annotation.Text));
    }

    [Fact]
    public async Task An_annotation_of_the_past_comes_no_later_than_the_samples_that_it_is_about()
    {
        var (gateway, stream) = await RecordAsync(10);
        using var _ = gateway;
        await gateway.SendAsync(Recording.Block(10, 10));
        await gateway.HearUntilAsync(20);
        foreach (var sample in new[] { 15, 4, 5, 999 })
        {
            await NoteAsync(stream, sample, $"at {sample}");
        }

        using var tail = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 5);
        List<string> heard = [];
        while (heard.Count < 5)
        {
            var message = (await tail.HearAsync())!;
            heard.Add(message.Annotation?.Text ?? $"through {tail.Next}");
        }

        Assert.Equal(["at 5", "through 10", "at 15", "through 20", "at 999"], heard);
    }

    [Fact]
    public async Task Channels_come_as_asked_for_in_physical_units_too()
    {
        var (gateway, stream) = await RecordAsync(0);
        using var _ = gateway;
        using var tail = await TailClient.OpenAsync(
            fixture,
            stream,
            ask =>
            {
                ask.Channels.Add(["c2", "c0"]);
                ask.Format = V1.SampleFormat.PhysicalFloat64;
            }
        );
        await gateway.SendAsync(Recording.Block(0, 2));
        var chunk = (await tail.HearAsync())!.Chunk;

        Assert.Equal(["c2", "c0"], tail.Header.Channels.Select(channel => channel.Label));
        double[] expected = [Physical(2, 0), Physical(2, 1), Physical(0, 0), Physical(0, 1)];
        var values = new double[expected.Length];
        Buffer.BlockCopy(chunk.Data.ToByteArray(), 0, values, 0, chunk.Data.Length);
        Assert.Equal(expected, values);

        static double Physical(int channel, long sample) => (Recording.SampleOf(channel, sample) * 0.5) + 1;
    }

    [Fact]
    public async Task Of_channel_groups_whose_blocks_end_apart_each_sample_and_each_block_comes_once()
    {
        var (gateway, stream) = await OpenTwoGroupsAsync();
        using var _ = gateway;
        using var samples = await TailClient.OpenAsync(fixture, stream);
        using var blocks = await TailClient.OpenAsync(fixture, stream, ask => ask.Format = V1.SampleFormat.Blocks);
        // A block of group 0 that reaches beyond what group 1 has. How far both then are, and how many blocks came by
        // then: each is heard before the next is sent, so that each is a step of its own.
        (int Group, int First, int Count, int End, int Blocks)[] sent =
        [
            (0, 0, 30, 0, 0),
            (1, 0, 10, 10, 2),
            (1, 10, 30, 30, 3),
            (0, 30, 10, 40, 4),
        ];
        long[] ends = [0, 0];
        List<(int, long)> whole = [];
        foreach (var (group, first, count, end, blockCount) in sent)
        {
            await gateway.SendAsync(BlockOf(group, first, count));
            while (ends.Min() < end)
            {
                var chunk = (await samples.HearRawAsync())!.Chunk;
                Assert.Equal(ends[chunk.ChannelGroup], chunk.FirstSample);
                ends[chunk.ChannelGroup] += chunk.SampleCount;
            }

            while (whole.Count < blockCount)
            {
                var came = (await blocks.HearRawAsync())!.Block;
                whole.Add((came.ChannelGroup, came.FirstSample));
            }
        }

        Assert.Equal([(0, 0), (1, 0), (1, 10), (0, 30)], whole);
    }

    [Fact]
    public async Task A_reader_that_takes_several_steps_at_once_gets_each_sample_of_each_group_once()
    {
        var (gateway, stream) = await OpenTwoGroupsAsync();
        using var _ = gateway;
        using var quick = await TailClient.OpenAsync(fixture, stream);
        await using var slow = await SlowTail.OpenAsync(fixture, new() { Stream = stream });
        // The slow one takes the first step, and waits in it while the quick one takes the others one by one.
        (int Group, int First, int Count, int End)[] sent =
        [
            (0, 0, 10, 0),
            (1, 0, 10, 10),
            (0, 10, 100, 10),
            (1, 10, 50, 60),
            (1, 60, 50, 110),
        ];
        long[] ends = [0, 0];
        foreach (var (group, first, count, end) in sent)
        {
            await gateway.SendAsync(BlockOf(group, first, count));
            while (ends.Min() < end)
            {
                var chunk = (await quick.HearRawAsync())!.Chunk;
                ends[chunk.ChannelGroup] += chunk.SampleCount;
            }
        }

        slow.GoOn();
        ends = [0, 0];
        while (ends.Min() < 110)
        {
            var chunk = (await slow.HearAsync()).Chunk;
            Assert.Equal(ends[chunk.ChannelGroup], chunk.FirstSample);
            ends[chunk.ChannelGroup] += chunk.SampleCount;
        }

        Assert.Equal([110, 110], ends);
    }

    [Fact]
    public async Task A_block_of_a_step_that_a_slow_reader_skips_comes_with_the_next_step_that_it_reaches_into()
    {
        var (gateway, stream) = await OpenTwoGroupsAsync();
        using var _ = gateway;
        using var quick = await TailClient.OpenAsync(fixture, stream, ask => ask.Format = V1.SampleFormat.Blocks);
        var request = new V1.TailRequest
        {
            Stream = stream,
            Format = V1.SampleFormat.Blocks,
            MaxLag = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
        };
        await using var slow = await SlowTail.OpenAsync(fixture, request);
        await AppendAsync((0, 0, 10), (1, 0, 10));
        await slow.Waits;
        // It comes too late to the second step, which has only the begin of a block of group 0.
        await AppendAsync((0, 10, 40), (1, 10, 20));
        slow.Time.Shift(TimeSpan.FromHours(2));
        slow.GoOn();
        List<(string, long, long)> heard = [];
        await HearUntilAsync(20);
        slow.Time.Shift(TimeSpan.FromHours(-2));
        await AppendAsync((1, 20, 40));
        await HearUntilAsync(40);

        Assert.Equal([("0", 0, 10), ("1", 0, 10), ("skipped", 10, 20), ("0", 10, 40), ("1", 20, 40)], heard);

        // The last one is heard before anything else happens.
        async Task AppendAsync(params (int Group, int First, int End)[] blocks)
        {
            foreach (var (group, first, end) in blocks)
            {
                await gateway.SendAsync(BlockOf(group, first, end - first));
            }

            var last = blocks[^1];
            while (
                (await quick.HearRawAsync())!.Block is var came
                && (came.ChannelGroup, came.FirstSample) != (last.Group, last.First)
            ) { }
        }

        // Group 1 ends each step.
        async Task HearUntilAsync(long end)
        {
            do
            {
                var message = await slow.HearAsync();
                heard.Add(
                    message.Skipped is { } skipped
                        ? ("skipped", skipped.StartSample, skipped.EndSample)
                        : (
                            $"{message.Block.ChannelGroup}",
                            message.Block.FirstSample,
                            message.Block.FirstSample + message.Block.SampleCount
                        )
                );
            } while (heard[^1] is ("0", _, _) || heard[^1].Item3 != end);
        }
    }

    private async Task<(Gateway Gateway, string Stream)> OpenTwoGroupsAsync()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var descriptor = Recording.Descriptor(channels: 2);
        descriptor.Channels[1].ChannelGroup = 1;
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream, descriptor);
        return (gateway, stream);
    }

    private static V1.SampleBlock BlockOf(int group, int first, int count)
    {
        var block = Recording.Block(first, count, channels: 1);
        block.ChannelGroup = group;
        return block;
    }

    private static (long, long) Bounds(V1.SampleRange range) => (range.StartSample, range.EndSample);

    private static V1.Gap Lost(long from, long to) =>
        new()
        {
            Range = new() { StartSample = from, EndSample = to },
            Cause = V1.GapCause.DeviceCounterJump,
        };

    private async Task<string> NoteAsync(string stream, long sample, string text, string id = "")
    {
        var note = new V1.Annotation
        {
            AnnotationId = id,
            StartSample = sample,
            Text = text,
        };
        var put = new V1.PutAnnotationsRequest { Stream = stream, Annotations = { note } };
        return (await fixture.Ingest.PutAnnotationsAsync(put, IngestFixture.Options)).Annotations[0].AnnotationId;
    }

    /// <summary>A stream of a branch of its own, with so many samples, and who writes to it.</summary>
    private async Task<(Gateway Gateway, string Stream)> RecordAsync(int samples)
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        if (samples > 0)
        {
            await gateway.SendAsync(Recording.Block(0, samples));
            await gateway.HearUntilAsync(samples);
        }

        return (gateway, stream);
    }
}

using System.Buffers.Binary;
using Dendrite.Signals.Blocks;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Tests.Append;

public sealed class AppendTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task What_is_acknowledged_is_read_back_sample_for_sample()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, opened) = await Gateway.OpenAsync(fixture, stream);
        using var _ = gateway;
        Assert.True(opened.Created);
        Assert.Equal(0, opened.NextSample);
        await gateway.SendAsync(Recording.Block(0, 300));
        await gateway.SendAsync(Recording.Raw(300, 200, Recording.Samples(300, 200)));
        var acks = await gateway.HearUntilAsync(500);
        Assert.True(acks[^1].Version > 0);
        Assert.Equal(2, acks[^1].DurableMessages);
        await fixture.AssertHoldsAsync(stream, 500);
        var closed = await gateway.CloseAsync();
        Assert.Equal(500, closed.ThroughSample);
        Assert.False(closed.Finished);
    }

    [Fact]
    public async Task Acknowledgements_form_a_chain_without_holes()
    {
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(await fixture.ForkAsync()));
        using var __ = gateway;
        for (var i = 0; i < 20; i++)
        {
            await gateway.SendAsync(Recording.Block(i * 100, 100));
        }

        var acks = await gateway.HearUntilAsync(2000);
        var through = 0L;
        foreach (var ack in acks)
        {
            Assert.Equal(through, ack.PreviousThroughSample);
            Assert.True(ack.ThroughSample > through);
            through = ack.ThroughSample;
        }
    }

    [Fact]
    public async Task A_recording_goes_on_where_it_stood_after_a_call_without_a_close()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (first, opened) = await Gateway.OpenAsync(fixture, stream);
        await first.SendAsync(Recording.Block(0, 300));
        var version = (await first.HearUntilAsync(300))[^1].Version;
        first.Dispose();
        var (second, resumed) = await Gateway.OpenAsync(fixture, stream);
        using var _ = second;
        Assert.False(resumed.Created);
        Assert.Equal(300, resumed.NextSample);
        Assert.Equal(version, resumed.AcknowledgedVersion);
        Assert.True(resumed.Epoch > opened.Epoch);
        await second.SendAsync(Recording.Block(300, 50));
        await second.CloseAsync();
        await fixture.AssertHoldsAsync(stream, 350);
    }

    [Fact]
    public async Task Not_a_number_and_infinities_are_kept_bit_for_bit()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var samples = new byte[6 * sizeof(float)];
        float[] values = [1.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0.0f, float.Epsilon];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(samples.AsSpan(i * sizeof(float)), values[i]);
        }

        // A signalling NaN with a payload.
        BinaryPrimitives.WriteUInt32LittleEndian(samples.AsSpan(4), 0x7F812345);
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream, Recording.Descriptor(2, V1.SampleType.Float32));
        using var __ = gateway;
        await gateway.SendAsync(Recording.Encoded(0, 3, samples, 2, SampleType.Float32));
        await gateway.CloseAsync();
        var responses = await fixture.ReadAsync(new() { Stream = stream });
        Assert.Equal(samples, responses[1].Chunk.Data.ToByteArray());
    }

    [Fact]
    public async Task Channel_groups_go_on_separately_and_the_stream_is_as_long_as_the_shortest()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var descriptor = Recording.Descriptor(3);
        descriptor.Channels[2].ChannelGroup = 1;
        descriptor.Channels[2].SampleType = V1.SampleType.Int32;
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream, descriptor);
        await gateway.SendAsync(Recording.Block(0, 100, channels: 2));
        var status = Recording.Encoded(0, 60, new byte[240], 1, SampleType.Int32);
        status.ChannelGroup = 1;
        await gateway.SendAsync(status);
        Assert.Equal(60, (await gateway.CloseAsync()).ThroughSample);
        gateway.Dispose();
        var (again, resumed) = await Gateway.OpenAsync(fixture, stream, descriptor);
        using var _ = again;
        Assert.Equal(60, resumed.NextSample);
        Assert.Equal([100, 60], resumed.Groups.Select(group => group.NextSample));
    }

    [Fact]
    public async Task A_declared_gap_is_kept_with_its_cause_and_read_between_the_samples()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        var range = new V1.SampleRange { StartSample = 100, EndSample = 150 };
        await gateway.SendAsync(
            new V1.AppendRequest
            {
                Gap = new()
                {
                    Range = range,
                    Cause = V1.GapCause.DeviceCounterJump,
                    Note = "100 -> 150",
                },
            }
        );
        await gateway.SendAsync(Recording.Block(150, 10));
        await gateway.CloseAsync();
        var responses = await fixture.ReadAsync(new() { Stream = stream });
        Assert.Equal(
            [
                V1.ReadSamplesResponse.MessageOneofCase.Header,
                V1.ReadSamplesResponse.MessageOneofCase.Chunk,
                V1.ReadSamplesResponse.MessageOneofCase.Gap,
                V1.ReadSamplesResponse.MessageOneofCase.Chunk,
            ],
            responses.Select(response => response.MessageCase)
        );
        Assert.Equal(range, responses[2].Gap.Range);
        Assert.Equal(V1.GapCause.DeviceCounterJump, responses[2].Gap.Cause);
        var found = await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options);
        Assert.Equal(50, found.Stream.MissingSampleCount);
        Assert.Equal(160, found.Stream.EndSample);
    }

    [Fact]
    public async Task Annotations_and_anchors_are_stored_once_however_often_they_are_sent()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        for (var round = 0; round < 2; round++)
        {
            var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
            using var __ = gateway;
            var annotations = new V1.AppendAnnotations();
            annotations.Annotations.Add(
                new V1.Annotation
                {
                    Text = "eyes closed",
                    Onset = new() { Seconds = 1, Nanos = 1 },
                }
            );
            annotations.Annotations.Add(new V1.Annotation { Text = "eyes closed", StartSample = 700 });
            annotations.Annotations.Add(
                new V1.Annotation
                {
                    Text = "after a pause",
                    StartSample = 900,
                    Onset = new() { Seconds = 3600 },
                }
            );
            await gateway.SendAsync(new V1.AppendRequest { Annotations = annotations });
            var anchors = new V1.AppendTimeAnchors();
            anchors.Anchors.Add(
                new V1.TimeAnchor
                {
                    Sample = 5,
                    Instant = new Timestamp { Seconds = 9, Nanos = 7 },
                    DeviceSeconds = 1.25,
                }
            );
            await gateway.SendAsync(new V1.AppendRequest { TimeAnchors = anchors });
            await gateway.CloseAsync();
        }

        var listed = await fixture.Query.ListAnnotationsAsync(new() { Parent = stream }, IngestFixture.Options);
        Assert.Equal([256L, 700L, 900L], listed.Annotations.Select(annotation => annotation.StartSample));
        Assert.Equal(3600, listed.Annotations[2].Onset.Seconds);
        Assert.Equal(1, listed.Annotations[0].Onset.Nanos);
        var instants = await fixture.Query.ListTimeAnchorsAsync(new() { Parent = stream }, IngestFixture.Options);
        var anchor = Assert.Single(instants.Anchors);
        Assert.Equal(new Timestamp { Seconds = 9, Nanos = 7 }, anchor.Instant);
        Assert.Equal(1.25, anchor.DeviceSeconds);
        Assert.Equal(
            1,
            await fixture.CountAsync(
                $"SELECT count(*) FROM signals.time_anchor WHERE stream_id = {await StreamIdAsync(stream)}"
            )
        );
    }

    [Fact]
    public async Task A_finished_stream_takes_no_more()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        await gateway.SendAsync(Recording.Block(0, 10));
        Assert.True((await gateway.CloseAsync(finish: true)).Finished);
        gateway.Dispose();
        using var late = Gateway.Connect(fixture);
        await late.SendAsync(new V1.AppendRequest { Open = new() { Stream = stream } });
        var (code, reason, message) = await late.HearFailureAsync();
        Assert.Equal(Grpc.Core.StatusCode.FailedPrecondition, code);
        Assert.Equal(Errors.ErrorReason.StreamFinished, reason);
        Assert.Contains("sample 10", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_close_that_expects_another_end_finishes_nothing()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 10));
        await gateway.SendAsync(
            new V1.AppendRequest
            {
                Close = new() { Finish = true, EndSample = 11 },
            }
        );
        Assert.Equal(Errors.ErrorReason.SamplesOutOfRange, (await gateway.HearFailureAsync()).Reason);
        var found = await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options);
        Assert.Equal(V1.StreamState.Open, found.Stream.State);
        Assert.Equal(10, found.Stream.EndSample);
    }

    [Fact]
    public async Task A_batch_is_stored_whole_and_may_be_repeated()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var request = new V1.AppendBatchRequest
        {
            Open = new()
            {
                Stream = stream,
                Descriptor_ = Recording.Descriptor(),
                CreateIfMissing = true,
            },
        };
        request.Blocks.Add([Recording.Block(0, 100), Recording.Block(100, 100)]);
        var first = await fixture.Ingest.AppendBatchAsync(request, IngestFixture.Options);
        var second = await fixture.Ingest.AppendBatchAsync(request, IngestFixture.Options);
        Assert.Equal((0L, 200L), (first.PreviousThroughSample, first.ThroughSample));
        Assert.Equal((200L, 200L), (second.PreviousThroughSample, second.ThroughSample));
        Assert.Equal(first.Version, second.Version);
        await fixture.AssertHoldsAsync(stream, 200);
    }

    [Fact]
    public async Task Many_streams_of_a_branch_share_their_commits()
    {
        var branch = await fixture.ForkAsync();
        var gateways = new List<Gateway>();
        for (var i = 0; i < 12; i++)
        {
            gateways.Add((await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch, $"s{i}"))).Gateway);
        }

        var before = await fixture.CountAsync("SELECT count(*) FROM branching.commit");
        await Task.WhenAll(gateways.Select(SendTenBlocksAsync));
        var commits = await fixture.CountAsync("SELECT count(*) FROM branching.commit") - before;
        Assert.InRange(commits, 1, 119);
        for (var i = 0; i < 12; i++)
        {
            gateways[i].Dispose();
            await fixture.AssertHoldsAsync(IngestFixture.StreamName(branch, $"s{i}"), 1000);
        }
    }

    private static async Task SendTenBlocksAsync(Gateway gateway)
    {
        for (var i = 0; i < 10; i++)
        {
            await gateway.SendAsync(Recording.Block(i * 100, 100));
        }

        await gateway.CloseAsync();
    }

    private async Task<long> StreamIdAsync(string stream)
    {
        var found = await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options);
        return await fixture.CountAsync($"SELECT stream_id FROM signals.stream WHERE uid = '{found.Stream.Uid}'");
    }
}

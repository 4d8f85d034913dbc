using Dendrite.Client.Gateways;
using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Client.Tests.Gateways;

public sealed class SignalGatewayTests : IDisposable
{
    private readonly TestDevice device = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => device.Dispose();

    [Fact]
    public async Task A_gateway_that_is_disposed_of_twice_leaves_its_spool_alone()
    {
        await using var connection = TestDevice.Nowhere();
        var gateway = connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 100);
        await gateway.DisposeAsync();
        Array.ForEach(Directory.GetFiles(device.Spool.Path), File.Delete);

        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task Samples_arrive_as_they_were_written()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 5_000);
        var closed = await gateway.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        Assert.Equal((5_000L, true), (closed.ThroughSample, closed.Finished));
        TestDevice.AssertStored(platform.Ingest, 5_000);
        Assert.Equal(GatewayState.Completed, gateway.Progress.State);
        Assert.Equal(0, gateway.Progress.PendingBytes);
    }

    [Fact]
    public async Task Interleaved_samples_are_put_in_order()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        var planar = TestDevice.Samples(0, 120);
        var interleaved = new short[planar.Length];
        Dendrite.Signals.Blocks.Planar.ToInterleaved<short>(planar, TestDevice.Channels, interleaved);
        Assert.True(gateway.TryWriteInterleaved(interleaved));
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 120);
    }

    [Fact]
    public async Task A_call_that_breaks_again_and_again_is_resumed_where_the_service_stands()
    {
        await using var platform = await FakePlatform.StartAsync();
        var taken = 0;
        platform.Ingest.Fault = (_, request) =>
            request.Block is not null && ++taken % 5 == 0 ? new(ErrorReason.Unavailable, "away") : null;
        await using var gateway = platform.Connection.OpenGateway(device.Options with { MaxBlockBytes = 512 });
        await TestDevice.WriteAsync(gateway, 5_000);
        await gateway.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 5_000);
        Assert.True(gateway.Progress.Reconnects > 3);
        var durable = device.Progress.Select(step => step.DurableSample).ToArray();
        Assert.Equal(durable.Order(), durable);
        Assert.Equal(0, gateway.Progress.LostSamples);
    }

    [Fact]
    public async Task A_stream_that_exists_is_continued_behind_its_end()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.End = 700;
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        Assert.Equal(0, gateway.NextSample);
        await TestDevice.WriteAsync(gateway, 300);
        gateway.Annotate(new V1.Annotation { StartSample = 20, Text = "blink" });
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 1_000, origin: 700);
        Assert.Equal(700, gateway.Progress.Origin);
        Assert.Equal(720, Assert.Single(platform.Ingest.Annotations).StartSample);
    }

    [Fact]
    public async Task What_the_buffer_refuses_is_declared_and_counted_and_the_rest_stays_in_its_place()
    {
        await using var platform = await FakePlatform.StartAsync();
        var options = device.Options with { MaxBufferBytes = 600 };
        await using var gateway = platform.Connection.OpenGateway(options);
        var lost = 0L;
        for (var first = 0L; first < 20_000; first += 50)
        {
            lost += gateway.TryWrite(TestDevice.Samples(first, 50)) ? 0 : 50;
        }

        Assert.Equal(20_000, gateway.NextSample);
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 20_000);
        Assert.Equal(lost, platform.Ingest.Gaps.Sum(gap => gap.Range.EndSample - gap.Range.StartSample));
        Assert.Equal(lost, gateway.Progress.LostSamples);
        Assert.All(platform.Ingest.Gaps, gap => Assert.Equal(V1.GapCause.Declared, gap.Cause));
    }

    [Fact]
    public async Task Declared_gaps_stand_between_the_samples_around_them()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 100);
        gateway.DeclareGap(50, V1.GapCause.DeviceCounterJump, "the counter jumped");
        Assert.Equal(150, gateway.NextSample);
        await TestDevice.WriteAsync(gateway, 200);
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 200);
        var gap = Assert.Single(platform.Ingest.Gaps);
        Assert.Equal((100L, 150L, "the counter jumped"), (gap.Range.StartSample, gap.Range.EndSample, gap.Note));
    }

    [Fact]
    public async Task What_no_stream_takes_is_refused_when_it_is_given()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        var (sound, empty) = (new V1.Annotation { Text = "blink" }, new V1.Annotation());
        Assert.Throws<ArgumentException>(() => gateway.Annotate(sound, empty));
        Assert.Throws<ArgumentException>(() => gateway.Anchor(new V1.TimeAnchor { Sample = 5 }));
        Assert.Throws<ArgumentException>(() => gateway.DeclareGap(5, V1.GapCause.Unspecified));
        Assert.Equal(0, gateway.NextSample);
        await TestDevice.WriteAsync(gateway, 100);
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 100);
        Assert.Empty(platform.Ingest.Annotations);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task No_gap_is_longer_than_all_groups_of_a_stream_can_miss(int groups)
    {
        await using var connection = TestDevice.Nowhere();
        var options = device.Options with { Descriptor = TestDevice.Descriptor(groups) };
        await using var gateway = connection.OpenGateway(options);
        var most = (1L << 62) / groups;

        Assert.Throws<ArgumentOutOfRangeException>(() => gateway.DeclareGap(most + 1, V1.GapCause.Paused));
        gateway.DeclareGap(most - 1, V1.GapCause.Paused);
        Assert.Throws<ArgumentOutOfRangeException>(() => gateway.DeclareGap(2, V1.GapCause.Paused));
        gateway.DeclareGap(1, V1.GapCause.Paused);
    }

    [Fact]
    public async Task A_channel_that_says_two_things_of_its_values_is_refused_before_a_stream_is_reached()
    {
        await using var platform = await FakePlatform.StartAsync();
        var options = device.Options;
        await using (var first = platform.Connection.OpenGateway(options))
        {
            await first.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        }

        var channel = options.Descriptor.Channels[1];
        (channel.DigitalMinimum, channel.DigitalMaximum) = (-1_000, 1_000);
        (channel.PhysicalMinimum, channel.PhysicalMaximum) = (-500, 500);
        // A stream that is there may be of before that was asked.
        await platform.Connection.OpenGateway(options).DisposeAsync();
        using var empty = new TempDirectory();

        var refused = Assert.Throws<ArgumentException>(() =>
            platform.Connection.OpenGateway(options with { SpoolDirectory = empty.Path })
        );

        Assert.StartsWith("Descriptor.channels[1].scale and offset are not the line through", refused.Message);
        channel.Scale = 0.5;
        await platform.Connection.OpenGateway(options with { SpoolDirectory = empty.Path }).DisposeAsync();
    }

    [Theory]
    [InlineData(-9_223_372_036, false)]
    [InlineData(-9_223_372_035, true)]
    [InlineData(9_223_372_035, true)]
    [InlineData(9_223_372_036, false)]
    public async Task A_start_that_no_new_stream_can_keep_is_refused_before_one_is_reached(long seconds, bool isKept)
    {
        await using var nowhere = TestDevice.Nowhere();
        var options = device.Options;
        options.Descriptor.StartTime = new Timestamp { Seconds = seconds };

        if (isKept)
        {
            await nowhere.OpenGateway(options).DisposeAsync();
        }
        else
        {
            var refused = Assert.Throws<ArgumentException>(() => nowhere.OpenGateway(options));
            Assert.StartsWith("Descriptor.start_time: is not within", refused.Message);
        }
    }

    [Fact]
    public async Task Annotations_that_are_too_much_for_one_message_go_in_several()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        var metadata = new Struct { Fields = { ["of the device"] = Value.ForString(new('x', 16_000)) } };
        gateway.Annotate(
            Enumerable.Range(0, 600).Select(i => new V1.Annotation { Text = $"{i}", Metadata = metadata })
        );
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        Assert.Equal(600, platform.Ingest.Annotations.Count);
    }

    [Fact]
    public async Task An_idle_gateway_lets_its_call_end_and_opens_it_again_when_samples_come()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.IdleTimeout = TimeSpan.FromMilliseconds(20);
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        for (var end = 100; end <= 300; end += 100)
        {
            var closes = platform.Ingest.Closes;
            await TestDevice.WriteAsync(gateway, end);
            await Eventually.HoldsAsync(() => platform.Ingest.Closes > closes, "the call ended");
        }

        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 300);
        Assert.DoesNotContain(device.Events, happened => happened is Disconnected);
    }

    [Fact]
    public async Task A_last_word_that_was_lost_is_made_up_for()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.LosesLastWord = call => call == 1;
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 500);
        var closed = await gateway.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        Assert.Equal((500L, true), (closed.ThroughSample, closed.Finished));
        TestDevice.AssertStored(platform.Ingest, 500);
    }

    [Fact]
    public async Task Bytes_that_are_no_whole_sample_are_refused_with_the_numbers()
    {
        await using var connection = TestDevice.Nowhere();
        await using var gateway = connection.OpenGateway(device.Options);
        var refused = Assert.Throws<ArgumentException>(() => gateway.TryWrite(new short[4]));
        Assert.Contains("8 bytes", refused.Message);
        Assert.Equal(0, gateway.NextSample);
    }
}

using System.Diagnostics.Metrics;
using Dendrite.Client.Gateways;
using Dendrite.Errors;
using Grpc.Core;
using Polly.CircuitBreaker;

namespace Dendrite.Client.Tests.Gateways;

public sealed class GatewayFailureTests : IDisposable
{
    private readonly TestDevice device = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => device.Dispose();

    [Fact]
    public async Task A_gateway_that_was_replaced_stops_says_so_and_keeps_its_spool()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.Fault = (_, request) =>
            request.Block is null ? null : new(ErrorReason.WriterFenced, "a newer writer");
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        Assert.True(gateway.TryWrite(TestDevice.Samples(0, 100)));
        await Eventually.HoldsAsync(() => device.Events.Any(happened => happened is Fenced), "fenced");
        var failure = await Assert.ThrowsAsync<DendriteException>(() =>
            gateway.WriteAsync(TestDevice.Samples(100, 1), Token)
        );
        Assert.Equal(ErrorReason.WriterFenced, failure.Reason);
        Assert.False(gateway.TryWrite(TestDevice.Samples(100, 1)));
        Assert.Equal(GatewayState.Failed, gateway.Progress.State);
        Assert.Single(platform.Ingest.Opens);
        Assert.True(gateway.Progress.PendingBytes > 0);
    }

    [Theory]
    [InlineData(ErrorReason.PermissionDenied)]
    [InlineData(ErrorReason.Internal)]
    [InlineData(ErrorReason.NotImplemented)]
    [InlineData(ErrorReason.ResourceInUse)]
    public async Task What_a_person_can_change_is_waited_for(ErrorReason reason)
    {
        await using var platform = await FakePlatform.StartAsync();
        var refuses = true;
        platform.Ingest.Fault = (_, _) => refuses ? new(reason, "not now") : null;
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 500);
        await Eventually.HoldsAsync(() => device.Events.Count(happened => happened is Refused) > 7, "refused for long");
        refuses = false;
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 500);
    }

    /// <summary>The service ends open calls whose key is no longer good.</summary>
    [Fact]
    public async Task A_key_that_ends_in_the_midst_of_a_call_is_waited_for_as_on_opening()
    {
        await using var platform = await FakePlatform.StartAsync();
        var isOver = false;
        platform.Ingest.Fault = (_, _) => isOver ? new(ErrorReason.Unauthenticated, "is disabled") : null;
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 500);
        await Eventually.HoldsAsync(() => gateway.Progress.DurableSample == 500, "streaming");
        isOver = true;
        await TestDevice.WriteAsync(gateway, 1_000);
        await Eventually.HoldsAsync(() => device.Events.Count(happened => happened is Refused) > 7, "refused for long");
        isOver = false;
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 1_000);
    }

    [Theory]
    [InlineData(StatusCode.Unauthenticated, true)]
    [InlineData(StatusCode.Unimplemented, true)]
    [InlineData(StatusCode.InvalidArgument, false)]
    public void What_a_proxy_answers_in_place_of_the_service_passes(StatusCode code, bool passes) =>
        Assert.Equal(passes, SendFailure.KindOf(new RpcException(new(code, "404"))) == SendFailureKind.Passing);

    [Fact]
    public async Task A_block_that_was_damaged_on_its_way_is_sent_again()
    {
        await using var platform = await FakePlatform.StartAsync();
        var taken = 0;
        platform.Ingest.Fault = (_, request) =>
            request.Block is not null && ++taken is 3 or 4 or 5 ? new(ErrorReason.ChecksumMismatch, "damaged") : null;
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 2_000);
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 2_000);
    }

    [Fact]
    public async Task A_contradiction_that_stays_one_is_believed()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.Fault = (_, request) =>
            request.Block is null ? null : new(ErrorReason.BlockContradiction, "other samples are stored");
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 10);
        var failure = await Assert.ThrowsAsync<DendriteException>(() =>
            gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token)
        );
        Assert.Equal(ErrorReason.BlockContradiction, failure.Reason);
        Assert.Equal(5, platform.Ingest.Opens.Count);
        await gateway.DisposeAsync();
        Assert.Contains(device.Events, happened => happened is Failed);
    }

    [Fact]
    public async Task Damage_now_and_then_is_never_believed_where_calls_end_well_in_between()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.IdleTimeout = TimeSpan.FromMilliseconds(40);
        var damages = false;
        platform.Ingest.Fault = (_, request) =>
        {
            var damaged = damages && request.Block is not null;
            damages &= !damaged;
            return damaged ? new(ErrorReason.ChecksumMismatch, "damaged") : null;
        };
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        for (var round = 1; round <= 7; round++)
        {
            var closes = platform.Ingest.Closes;
            await TestDevice.WriteAsync(gateway, 10 * round);
            await Eventually.HoldsAsync(() => platform.Ingest.Closes > closes, $"the call of round {round} ended idle");
            damages = true;
        }

        damages = false;
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 70);
    }

    [Fact]
    public async Task An_annotation_that_the_service_refuses_for_good_is_set_aside_and_the_rest_goes_on()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.Fault = (_, request) =>
            request.Annotations?.Annotations.Any(note => note.Text == "refused") ?? false
                ? new(ErrorReason.ChannelNotFound, "no such channel")
                : null;
        await using (var gateway = platform.Connection.OpenGateway(device.Options))
        {
            await TestDevice.WriteAsync(gateway, 100);
            gateway.Annotate(new V1.Annotation { Text = "before" });
            gateway.Annotate(new V1.Annotation { Text = "refused" });
            gateway.Annotate(new V1.Annotation { Text = "behind" });
            await TestDevice.WriteAsync(gateway, 300);
            await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        }

        // Neither is it asked again by whoever goes on.
        await using (var next = platform.Connection.OpenGateway(device.Options))
        {
            await TestDevice.WriteAsync(next, 400);
            await next.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        }

        TestDevice.AssertStored(platform.Ingest, 400);
        Assert.Equal(["before", "behind"], platform.Ingest.Annotations.Select(note => note.Text));
        var aside = Assert.Single(device.Events.OfType<SetAside>());
        Assert.Equal("refused", Assert.Single(aside.Annotations).Text);
        Assert.Equal(ErrorReason.ChannelNotFound, aside.Cause.Reason);
    }

    [Fact]
    public async Task An_acknowledgement_of_what_was_not_sent_deletes_nothing()
    {
        await using var platform = await FakePlatform.StartAsync();
        var said = 0;
        platform.Ingest.Misread = through => ++said == 3 ? through + 4_096 : through;
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 2_000);
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 2_000);
        Assert.All(device.Progress, step => Assert.InRange(step.DurableSample, 0, 2_000));
        Assert.True(gateway.Progress.Reconnects > 0);
    }

    [Fact]
    public async Task A_service_that_acknowledges_nothing_is_left_and_asked_again()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.Acknowledges = () => platform.Ingest.Opens.Count > 2;
        var options = device.Options with { AcknowledgementTimeout = TimeSpan.FromMilliseconds(40) };
        await using var gateway = platform.Connection.OpenGateway(options);
        await TestDevice.WriteAsync(gateway, 300);
        await Eventually.HoldsAsync(() => gateway.Progress.DurableSample == 300, "acknowledged after all");
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 300);
        await gateway.DisposeAsync();
        Assert.Contains(device.Events.OfType<Disconnected>(), left => left.Cause.Contains("acknowledged"));
    }

    [Fact]
    public async Task Nobody_waits_for_a_gateway_that_can_spool_no_more()
    {
        await using var nowhere = TestDevice.Nowhere();
        var options = device.Options with
        {
            Stream = "projects/lab/branches/b/streams/broken",
            MaxSpoolBytes = 64 << 10,
            MaxBufferBytes = 4_096,
        };
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instrument.Name == "dendrite.gateway.samples.lost")
            {
                all.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>(
            (_, _, tags, _) =>
            {
                if (tags[0].Value is "projects/lab/branches/b/streams/broken")
                {
                    throw new InvalidOperationException("the host's own");
                }
            }
        );
        listener.Start();
        await using var gateway = nowhere.OpenGateway(options);
        var patience = TimeSpan.FromSeconds(20);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            TestDevice.WriteAsync(gateway, 500_000).WaitAsync(patience, Token)
        );
        await Assert.ThrowsAsync<InvalidOperationException>(() => gateway.FlushAsync(Token).WaitAsync(patience, Token));
        Assert.Equal(GatewayState.Failed, gateway.Progress.State);
    }

    [Fact]
    public async Task A_service_that_never_answers_a_close_is_left_and_asked_again()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.AnswersClose = call => call > 2;
        var options = device.Options with { AcknowledgementTimeout = TimeSpan.FromMilliseconds(40) };
        await using var gateway = platform.Connection.OpenGateway(options);
        await TestDevice.WriteAsync(gateway, 300);
        await gateway.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 300);
        Assert.True(platform.Ingest.Finished);
    }

    [Fact]
    public async Task A_stream_whose_channel_groups_stand_apart_is_believed_at_once()
    {
        await using var platform = await FakePlatform.StartAsync();
        var isCut = false;
        platform.Ingest.Fault = (call, request) =>
            isCut && call == 1 && request.Block is not null ? new(ErrorReason.Unavailable, "away") : null;
        var halves = device.Options with { Descriptor = TestDevice.Descriptor(groups: 2) };
        await using var gateway = platform.Connection.OpenGateway(halves);
        await gateway.WriteAsync(0, new byte[4 * 10], Token);
        await gateway.WriteAsync(1, new byte[2 * 50], Token);
        await Eventually.HoldsAsync(() => platform.Ingest.Blocks.Sum(block => block.SampleCount) == 60, "stored");
        isCut = true;
        await gateway.WriteAsync(1, new byte[2 * 10], Token);
        await Eventually.HoldsAsync(() => platform.Ingest.Blocks.Sum(block => block.SampleCount) == 70, "sent again");
        await gateway.WriteAsync(0, new byte[4 * 50], Token);
        await gateway.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        Assert.Equal(60, platform.Ingest.End);
        Assert.Equal(2, platform.Ingest.Opens.Count);
    }

    [Fact]
    public async Task A_host_that_throws_in_its_callback_stops_nothing()
    {
        await using var platform = await FakePlatform.StartAsync();
        var options = device.Options with { OnEvent = _ => throw new InvalidOperationException("the host's own") };
        await using var gateway = platform.Connection.OpenGateway(options);
        await TestDevice.WriteAsync(gateway, 500);
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 500);
    }

    [Fact]
    public async Task While_the_platform_is_away_the_circuit_of_a_connection_opens()
    {
        await using var connection = TestDevice.Nowhere();
        var attempts = 0;
        for (var i = 0; i < 20; i++)
        {
            try
            {
                await connection.Circuit.ExecuteAsync(
                    _ =>
                    {
                        attempts++;
                        throw new IOException("away");
                    },
                    Token
                );
            }
            catch (Exception failure) when (failure is IOException or BrokenCircuitException) { }
        }

        Assert.Equal(5, attempts);
    }

    [Fact]
    public async Task A_spool_of_another_stream_is_not_touched()
    {
        await using var connection = TestDevice.Nowhere();
        await using (connection.OpenGateway(device.Options)) { }

        var other = device.Options with { Stream = "projects/lab/branches/b/streams/other" };
        var refused = Assert.Throws<DendriteException>(() => connection.OpenGateway(other));
        Assert.Equal(ErrorReason.StreamLayoutMismatch, refused.Reason);
        Assert.Contains("streams/eeg", refused.Message);
    }

    [Fact]
    public async Task Two_gateways_cannot_share_a_spool()
    {
        await using var connection = TestDevice.Nowhere();
        await using var gateway = connection.OpenGateway(device.Options);
        var refused = Assert.Throws<DendriteException>(() => connection.OpenGateway(device.Options));
        Assert.Equal(ErrorReason.WriterActive, refused.Reason);
    }
}

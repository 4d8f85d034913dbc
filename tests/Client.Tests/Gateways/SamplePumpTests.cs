using System.Diagnostics.Metrics;
using Dendrite.Client.Gateways;

namespace Dendrite.Client.Tests.Gateways;

public sealed class SamplePumpTests : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);
    private readonly TestDevice device = new();
    private readonly FakeClock clock = new();
    private readonly GatewayParts parts;
    private readonly SampleBuffer buffer;
    private readonly SamplePump pump;

    public SamplePumpTests()
    {
        var groups = ChannelGroupShape.Of(device.Options.Descriptor);
        parts = GatewayWiring.Open(device.Options with { MinBlockBytes = 600, MaxBlockBytes = 600 }, clock);
        buffer = new(1 << 20, 1);
        var status = new GatewayStatus(device.Options, new(null, clock));
        var writer = new SpoolWriter(parts.Spool, parts.Outbox, status, clock);
        pump = new(buffer, writer, parts.Sizer, new(groups, [0], MaxAge), clock);
    }

    public void Dispose()
    {
        parts.Spool.Dispose();
        device.Dispose();
    }

    [Fact]
    public async Task A_block_is_written_when_its_first_sample_is_old_enough_and_not_before()
    {
        _ = pump.RunAsync(TestContext.Current.CancellationToken);
        Write(0, 10);
        await Eventually.HoldsAsync(() => clock.Waiting == 1, "the pump waits for the age");
        clock.Advance(MaxAge - TimeSpan.FromTicks(1));
        Write(10, 5);
        await Eventually.HoldsAsync(() => clock.Waiting == 1, "the pump waits for the rest of it");
        Assert.Equal(0, parts.Spool.GroupEnds[0]);
        clock.Advance(TimeSpan.FromTicks(1));
        await Eventually.HoldsAsync(() => parts.Spool.GroupEnds[0] == 15, "a block of what was there");
    }

    [Fact]
    public async Task A_block_is_written_when_it_is_full_and_the_rest_waits()
    {
        var running = pump.RunAsync(TestContext.Current.CancellationToken);
        Write(0, 250);
        await Eventually.HoldsAsync(() => parts.Spool.GroupEnds[0] == 200, "two full blocks");
        buffer.Complete();
        await running;
        Assert.Equal(250, parts.Spool.GroupEnds[0]);
    }

    [Fact]
    public async Task Samples_that_waited_for_the_encoder_become_full_blocks_and_not_one_for_each_piece()
    {
        for (var first = 0; first < 250; first += 10)
        {
            Write(first, 10);
        }

        clock.Advance(MaxAge * 5);
        _ = pump.RunAsync(TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => clock.Waiting == 1, "the pump waits for more of the third block");
        Assert.Equal(200, parts.Spool.GroupEnds[0]);
        clock.Advance(MaxAge);
        await Eventually.HoldsAsync(() => parts.Spool.GroupEnds[0] == 250, "the rest, which is old now");
    }

    [Fact]
    public void A_buffer_that_is_full_takes_no_more_and_says_later_what_it_refused()
    {
        var small = new SampleBuffer(100, 1);
        Assert.True(small.TryAdd(0, new byte[60]));
        Assert.False(small.TryAdd(0, new byte[60]));
        small.Refuse(0, 10);
        Assert.True(small.TryAdd(0, new byte[30]));
        Assert.True(small.TryTake(out var first));
        small.Return(first);
        Assert.True(small.TryTake(out var gap));
        Assert.Equal(10, gap.Refused);
        Assert.True(small.TryTake(out var second));
        Assert.Equal(30, second.Length);
    }

    [Fact]
    public void A_run_larger_than_the_buffer_is_taken_when_nothing_else_waits()
    {
        var small = new SampleBuffer(100, 1);
        Assert.True(small.TryAdd(0, new byte[600]));
        Assert.False(small.TryAdd(0, new byte[6]));
    }

    [Fact]
    public void Every_instrument_has_a_unit_and_says_what_it_measures()
    {
        List<Instrument> instruments = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == GatewayMeter.MeterName)
            {
                instruments.Add(instrument);
            }
        };
        listener.Start();
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(GatewayMeter).TypeHandle);
        Assert.True(instruments.Count >= 8);
        Assert.All(instruments, instrument => Assert.False(string.IsNullOrEmpty(instrument.Unit)));
        Assert.All(instruments, instrument => Assert.False(string.IsNullOrEmpty(instrument.Description)));
    }

    private void Write(long first, int count) =>
        Assert.True(
            buffer.TryAdd(
                0,
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(TestDevice.Samples(first, count).AsSpan())
            )
        );
}

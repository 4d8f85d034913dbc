using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Append;

public sealed class RepeatTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task A_block_sent_again_is_acknowledged_and_not_stored_twice()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.SendAsync(Recording.Block(100, 100));
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.CloseAsync();
        await fixture.AssertHoldsAsync(stream, 200);
    }

    [Fact]
    public async Task Samples_sent_again_in_blocks_cut_elsewhere_are_recognised()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.SendAsync(Recording.Block(100, 100));
        await gateway.SendAsync(Recording.Raw(50, 100, Recording.Samples(50, 100)));
        await gateway.SendAsync(Recording.Block(200, 1));
        await gateway.CloseAsync();
        await fixture.AssertHoldsAsync(stream, 201);
    }

    [Fact]
    public async Task Other_samples_where_some_are_stored_are_refused()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.SendAsync(Recording.Encoded(10, 50, Recording.Samples(11, 50)));
        var (code, reason, message) = await gateway.HearFailureAsync();
        Assert.Equal(StatusCode.FailedPrecondition, code);
        Assert.Equal(ErrorReason.BlockContradiction, reason);
        Assert.Contains("10 to 60", message, StringComparison.Ordinal);
        await fixture.AssertHoldsAsync(stream, 100);
    }

    [Fact]
    public async Task Samples_where_a_gap_was_declared_are_refused()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        var range = new V1.SampleRange { StartSample = 0, EndSample = 100 };
        var gap = new V1.AppendRequest
        {
            Gap = new() { Range = range, Cause = V1.GapCause.Declared },
        };
        await gateway.SendAsync(gap);
        await gateway.SendAsync(gap);
        await gateway.SendAsync(Recording.Block(20, 10));
        Assert.Equal(ErrorReason.BlockContradiction, (await gateway.HearFailureAsync()).Reason);
    }

    [Theory]
    [InlineData(150, 100, "sample 100 never came")]
    [InlineData(50, 100, "cut it at sample 100")]
    public async Task Blocks_that_leave_a_hole_or_straddle_the_end_are_refused(long first, int count, string said)
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.SendAsync(Recording.Block(first, count));
        await gateway.HangUpAsync();
        var (code, reason, message) = await gateway.HearFailureAsync();
        Assert.Equal(StatusCode.FailedPrecondition, code);
        Assert.Equal(ErrorReason.BlockOutOfOrder, reason);
        Assert.Contains(said, message, StringComparison.Ordinal);
        await fixture.AssertHoldsAsync(stream, 100);
    }
}

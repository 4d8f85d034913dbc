using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>What a clock that was ahead left in the future holds up no branch once it is put right.</summary>
public sealed class RetentionClockTests : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly RetentionLab lab = new();

    public ValueTask InitializeAsync() => lab.InitializeAsync();

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Fact]
    public async Task An_owner_who_was_warned_in_the_future_is_warned_again_and_the_branch_goes_in_its_time()
    {
        await lab.CreateAsync("exp", ExperimentState.Completed);
        await lab.PassAsync(100 * Day);
        Assert.Equal("warn", (await lab.RunAsync()).Lines["exp"].Action);

        await lab.PassAsync(-94 * Day);
        var first = await lab.RunAsync();
        Assert.Equal(("warn", 1L), (first.Lines["exp"].Action, first.Results["owners_warned"]));
        await lab.PassAsync(Day / 2);
        var second = await lab.RunAsync();
        Assert.Equal(("keep", 0L), (second.Lines["exp"].Action, second.Results["owners_warned"]));
        await lab.PassAsync(Day);
        Assert.Equal("delete", (await lab.RunAsync()).Lines["exp"].Action);
    }

    [Fact]
    public async Task A_writer_that_is_gone_keeps_no_branch_until_a_time_that_a_wrong_clock_showed()
    {
        await lab.AddPolicyAsync("day", Day);
        await lab.CreateAsync("streamed");
        await lab.PassAsync(2 * Day);
        await lab.AskAsync(
            """
            INSERT INTO signals.writer (project_id, timeline_id, stream_id, epoch, group_ends, writer, open_until)
            SELECT project_id, timeline_id, 1, 1, ARRAY[0], 'gateway-7', timestamptz '2048-01-01 00:05Z'
            FROM branching.branch WHERE name = 'streamed'
            """
        );

        Assert.Equal("delete", (await lab.RunAsync()).Lines["streamed"].Action);
    }
}

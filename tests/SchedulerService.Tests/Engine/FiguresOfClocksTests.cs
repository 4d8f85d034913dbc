using Dendrite.Storage.Alerts;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Tests.Engine;

/// <summary>Health and alerts after a clock that was ahead was put right.</summary>
public sealed class FiguresOfClocksTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_ended_by_a_clock_that_was_ahead_counts_in_no_figure_once_it_is_put_right()
    {
        await using var lab = await EngineLab.StartAsync();
        var right = lab.Time.GetUtcNow();
        await lab.AddAsync("job", null);
        await lab.RunNowAsync("job");
        lab.Time.Set(right + Hour);
        await lab.SettleAsync();
        Assert.Equal((new EndedRuns(1, 0), Hour, right + Hour), await HealthAsync(lab));
        Assert.Equal(TimeSpan.Zero, await MedianAsync(lab));

        lab.Time.Set(right);
        Assert.Equal((default, null, null), await HealthAsync(lab));
        Assert.Null(await MedianAsync(lab));
        var job = Assert.Single(await FiguresAsync(lab));
        Assert.Equal((default, null, null), (job.Ended, job.DelaySeconds, job.LastSuccessTime));
    }

    [Fact]
    public async Task What_goes_on_since_a_clock_was_ahead_is_not_late_by_that_clock()
    {
        await using var lab = await EngineLab.StartAsync();
        var end = new TaskCompletionSource<RunOutcome>();
        lab.Do = (_, _) => end.Task;
        var right = lab.Time.GetUtcNow();
        await lab.AddAsync("job", null);
        await lab.RunNowAsync("job");
        lab.Time.Set(right + Hour);
        while (await lab.Engines[0].StepAsync(Token)) { }
        Assert.Equal(Hour.TotalSeconds, Assert.Single(await FiguresAsync(lab)).DelaySeconds);

        lab.Time.Set(right);
        Assert.Null(Assert.Single(await FiguresAsync(lab)).DelaySeconds);
        Assert.Null((await HealthAsync(lab)).StartDelay);

        // It ends before it began, which is no length.
        end.SetResult(EngineLab.Done);
        await lab.Engines[0].WhenIdleAsync();
        var job = Assert.Single(await FiguresAsync(lab));
        Assert.Equal((new EndedRuns(1, 0), right, null), (job.Ended, job.LastEndTime, job.LastSeconds));
        Assert.Equal((new EndedRuns(1, 0), null, right), await HealthAsync(lab));
        Assert.Null(await MedianAsync(lab));
    }

    [Fact]
    public async Task What_was_asked_for_by_a_clock_that_was_ahead_begins_no_earlier_than_asked_for()
    {
        await using var lab = await EngineLab.StartAsync();
        var right = lab.Time.GetUtcNow();
        await lab.AddAsync("job", null);
        lab.Time.Set(right + Hour);
        await lab.RunNowAsync("job");
        lab.Time.Set(right);
        // As it is set back.
        await lab.ExecuteAsync("UPDATE scheduling.job_run SET ready_time = ready_time - interval '1 hour'");
        Assert.Equal(0, Assert.Single(await FiguresAsync(lab)).DelaySeconds);

        await lab.SettleAsync();
        Assert.Equal(0, Assert.Single(await FiguresAsync(lab)).DelaySeconds);
        Assert.Equal((new EndedRuns(1, 0), TimeSpan.Zero, right), await HealthAsync(lab));
        Assert.Equal(TimeSpan.Zero, await MedianAsync(lab));
    }

    private static async Task<(EndedRuns Ended, TimeSpan? StartDelay, DateTimeOffset? LastSuccess)> HealthAsync(
        EngineLab lab
    )
    {
        var all = await ReadHealthAsync(lab);
        var job = Assert.Single(all.Jobs);
        Assert.Equal(all.Ended, job.Ended);
        return (all.Ended, all.StartDelay, job.LastSuccessTime);
    }

    private static async Task<TimeSpan?> MedianAsync(EngineLab lab) =>
        Assert.Single((await ReadHealthAsync(lab)).Jobs).MedianDuration;

    private static Task<SchedulerFigures> ReadHealthAsync(EngineLab lab)
    {
        var now = lab.Time.GetUtcNow();
        return new SchedulerHealthStore(lab.Platform).ReadAsync(lab.Project, now - Hour, now, 10, Token);
    }

    private static Task<IReadOnlyList<WatchedJob>> FiguresAsync(EngineLab lab)
    {
        var now = lab.Time.GetUtcNow();
        return new AlertFigureStore(lab.Platform).ReadAsync(lab.Project, now - Hour, now - Hour, now, Token);
    }
}

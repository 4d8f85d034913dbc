using Dendrite.Storage.Alerts;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Tests.Engine;

/// <summary>Dry runs, which count for nothing.</summary>
public sealed class DryRunTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dry_run_counts_in_no_figure_of_health_or_alerts_wherever_it_is()
    {
        await using var lab = await EngineLab.StartAsync();
        var end = new TaskCompletionSource<RunOutcome>();
        var hasBegun = false;
        lab.Do = (_, _) =>
        {
            hasBegun = true;
            return end.Task;
        };
        await lab.AddAsync("job", null);
        await lab.RunNowAsync("job", dryRun: true);
        lab.Time.Advance(Hour);
        await NothingCountsAsync(lab);
        // It begins an hour late.
        await lab.Engines[0].StepAsync(Token);
        await SchedulerFixture.UntilAsync(() => Task.FromResult(hasBegun));
        await NothingCountsAsync(lab);
        end.SetResult(EngineLab.Done);
        await lab.Engines[0].WhenIdleAsync();
        await NothingCountsAsync(lab);
    }

    private static async Task NothingCountsAsync(EngineLab lab)
    {
        var now = lab.Time.GetUtcNow();
        var health = await new SchedulerHealthStore(lab.Platform).ReadAsync(lab.Project, now - Hour, now, 10, Token);
        var figures = await new AlertFigureStore(lab.Platform).ReadAsync(
            lab.Project,
            now - Hour,
            now - Hour,
            now,
            Token
        );
        var job = Assert.Single(figures);
        Assert.Equal((0, null), (job.Queued, job.DelaySeconds));
        Assert.Equal((0, 0, null), (health.Queued, health.Running, health.StartDelay));
        Assert.Equal((default, null, default), (health.Ended, job.LastSeconds, job.Ended));
    }
}

using Dendrite.Operations;
using Dendrite.SchedulerService.Backups.Jobs;
using Dendrite.SchedulerService.Engine;
using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Maintenance;
using Dendrite.Storage.Operations;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Tests.Engine;

public sealed class ProjectKeeperTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_whose_jobs_could_not_be_made_gets_them_in_the_next_round_and_later_ones_leave_them_be()
    {
        await using var lab = await EngineLab.StartAsync();
        using var keeper = Keeper(lab);
        await lab.ExecuteAsync("ALTER TABLE scheduling.job ADD CONSTRAINT none CHECK (false) NOT VALID");
        await Assert.ThrowsAsync<PostgresException>(() => keeper.LookAroundAsync(Token));
        await lab.ExecuteAsync("ALTER TABLE scheduling.job DROP CONSTRAINT none");
        await keeper.LookAroundAsync(Token);
        Assert.Equal(2, await lab.CountAsync("SELECT count(*) FROM scheduling.job"));

        // A person's change stays: they are given once.
        await lab.ExecuteAsync("DELETE FROM scheduling.job");
        await keeper.LookAroundAsync(Token);
        Assert.Equal(0, await lab.CountAsync("SELECT count(*) FROM scheduling.job"));
    }

    [Fact]
    public async Task Runs_whose_job_is_gone_are_removed_and_until_then_none_of_them_is_taken()
    {
        await using var lab = await EngineLab.StartAsync();
        using var keeper = Keeper(lab);
        await lab.AddAsync("gone", null, new() { Overlap = OverlapPolicy.Allow });
        await lab.AddAsync("stays", null);
        await lab.RunNowAsync("gone");
        await lab.SettleAsync();
        await lab.RunNowAsync("gone");
        await lab.ExecuteAsync("DELETE FROM scheduling.job WHERE name = 'gone'");
        await lab.RunNowAsync("stays");
        await lab.SettleAsync();
        Assert.Equal(0, await lab.CountAsync("SELECT count(*) FROM scheduling.job_run WHERE state = 'running'"));

        await keeper.LookAroundAsync(Token);
        Assert.Equal("stays", Assert.Single(await lab.RunsAsync(null)).Job);
    }

    [Fact]
    public async Task A_run_that_the_next_one_did_not_reach_is_asked_again_to_make_room_for_it()
    {
        await using var lab = await EngineLab.StartAsync();
        using var keeper = Keeper(lab);
        lab.Do = async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return EngineLab.Done;
        };
        foreach (var (job, overlap) in new[] { ("cut", OverlapPolicy.CancelOther), ("kept", OverlapPolicy.BufferAll) })
        {
            var everyMinute = new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromMinutes(1)) };
            await lab.AddAsync(job, everyMinute, new() { Overlap = overlap });
        }

        for (var minute = 0; minute < 2; minute++)
        {
            lab.Time.Advance(TimeSpan.FromMinutes(1));
            while (await lab.Engines[0].StepAsync(Token)) { }
        }

        // As if its worker had renewed its lease at that very moment.
        await lab.ExecuteAsync("UPDATE scheduling.job_run SET cancel_time = NULL, cancel_reason = ''");
        await keeper.LookAroundAsync(Token);
        Assert.Equal([true, false], (await lab.RunsAsync("cut")).Select(run => run.CancelTime is not null));
        Assert.All(await lab.RunsAsync("kept"), run => Assert.Null(run.CancelTime));
    }

    [Fact]
    public async Task What_a_clock_that_was_ahead_put_off_is_done_by_the_clock_that_is_right_again()
    {
        await using var lab = await EngineLab.StartAsync();
        using var keeper = Keeper(lab);
        var everyMinute = new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromMinutes(1)) };
        await lab.AddAsync("minutely", everyMinute);
        await lab.AddAsync("follower", new() { AfterJobs = new() { Jobs = { "projects/lab/jobs/minutely" } } });
        var right = TimeProvider.System.GetUtcNow();
        lab.Time.Set(right.AddYears(1));
        await lab.SettleAsync();
        lab.Do = (_, _) => Task.FromResult(RunOutcome.Failed("tried again later"));
        await lab.PassAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        lab.Do = (_, _) => Task.FromResult(EngineLab.Done);
        lab.Time.Set(right);
        await lab.PassAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        var before = (await lab.RunsAsync("minutely")).Count;
        Assert.Equal(RunState.Waiting, (await lab.RunsAsync("minutely"))[^1].State);

        await keeper.LookAroundAsync(Token);
        await lab.SettleAsync();
        await lab.PassAsync(TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(1));

        var runs = await lab.RunsAsync("minutely");
        Assert.All(runs, run => Assert.Equal(RunState.Succeeded, run.State));
        Assert.Equal(before + 3, runs.Count);
        var followers = await lab.RunsAsync("follower");
        Assert.Equal(3, followers.Count(run => run.ScheduledTime < right.AddDays(1)));
        var cursor = (await lab.JobAsync("minutely")).Timetable.CursorTime;
        Assert.True(cursor < right.AddDays(1));

        // What the database's clock explains stays: this replica's own is behind.
        lab.Time.Set(right.AddYears(-1));
        await keeper.LookAroundAsync(Token);
        Assert.Equal(cursor, (await lab.JobAsync("minutely")).Timetable.CursorTime);
    }

    [Fact]
    public async Task Times_that_had_runs_by_a_clock_that_was_ahead_make_no_room_for_themselves_when_they_come()
    {
        await using var lab = await EngineLab.StartAsync();
        using var keeper = Keeper(lab);
        var everyMinute = new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromMinutes(1)) };
        await lab.AddAsync("minutely", everyMinute, new() { Overlap = OverlapPolicy.CancelOther });
        var right = TimeProvider.System.GetUtcNow();
        lab.Time.Set(right.AddMinutes(10));
        await lab.SettleAsync();
        var ahead = Assert.Single(await lab.RunsAsync("minutely")).ScheduledTime;
        lab.Time.Set(right);
        await keeper.LookAroundAsync(Token);
        lab.Do = async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return EngineLab.Done;
        };
        lab.Time.Set(ahead!.Value.AddSeconds(-30));
        while (await lab.Engines[0].StepAsync(Token)) { }
        lab.Time.Set(ahead.Value.AddSeconds(10));
        while (await lab.Engines[0].StepAsync(Token)) { }

        var newest = (await lab.RunsAsync("minutely"))
            .Where(run => run.ScheduledTime < ahead)
            .MaxBy(run => run.ScheduledTime);
        Assert.NotNull(newest);
        Assert.Null(newest.CancelTime);
    }

    [Fact]
    public async Task An_end_is_followed_also_a_little_before_one_of_a_clock_that_was_ahead()
    {
        await using var lab = await EngineLab.StartAsync();
        using var keeper = Keeper(lab);
        await lab.AddAsync("first", null);
        await lab.AddAsync("follower", new() { AfterJobs = new() { Jobs = { "projects/lab/jobs/first" } } });
        var right = TimeProvider.System.GetUtcNow();
        lab.Time.Set(right.AddMinutes(10));
        await lab.RunNowAsync("first");
        await lab.SettleAsync();
        Assert.Single(await lab.RunsAsync("follower"));
        lab.Time.Set(right);
        await keeper.LookAroundAsync(Token);

        lab.Time.Set(right.AddMinutes(8));
        await lab.SettleAsync();
        lab.Time.Advance(TimeSpan.FromSeconds(1));
        await lab.RunNowAsync("first");
        await lab.SettleAsync();

        Assert.Equal(2, (await lab.RunsAsync("follower")).Count);
    }

    private static ProjectKeeper Keeper(EngineLab lab)
    {
        var options = Options.Create(lab.Options);
        var operations = new OperationStore(lab.Platform);
        var signals = new OperationSignals();
        var starter = new OperationStarter(operations, signals, lab.Time);
        return new(
            new ProjectStore(lab.Platform),
            lab.Writer,
            lab.Queue,
            new SetBackStore(lab.Platform),
            new OperationRun(starter, operations, signals, lab.Runs, lab.Time),
            new PlatformJobs(options, Options.Create(new MaintenanceOptions())),
            // Nothing here sets its clock.
            new EngineWake(quartz: null!, lab.Time),
            options,
            lab.Time,
            NullLogger<ProjectKeeper>.Instance
        );
    }
}

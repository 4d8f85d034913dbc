using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Tests.Engine;

/// <summary>What the engine does as time passes, on a real database.</summary>
public sealed class EngineTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_engines_at_once_run_every_time_of_many_jobs_once()
    {
        await using var lab = await EngineLab.StartAsync(engines: 3);
        for (var i = 0; i < 20; i++)
            await lab.AddAsync($"job-{i}", Every(Minute));
        for (var minute = 0; minute < 15; minute++)
        {
            lab.Time.Advance(Minute);
            // Together, as replicas are; then each again, for what another held.
            await Task.WhenAll(lab.Engines.Select(engine => engine.StepAsync(Token)));
            await lab.SettleAsync();
        }

        Assert.Equal(
            20 * 15,
            await lab.CountAsync("SELECT count(*) FROM scheduling.job_run WHERE state = 'succeeded'")
        );
        Assert.Equal(
            20 * 15,
            await lab.CountAsync(
                "SELECT count(*) FROM (SELECT DISTINCT job_name, scheduled_time FROM scheduling.job_run) r"
            )
        );
        Assert.Equal(20 * 15, await lab.CountAsync("SELECT sum(succeeded_count) FROM scheduling.job"));
        Assert.Equal(20 * 15, await lab.CountAsync("SELECT count(*) FROM scheduling.run_attempt"));
    }

    [Fact]
    public async Task A_failed_attempt_is_tried_again_after_a_wait_that_grows_and_then_the_run_has_failed()
    {
        await using var lab = await EngineLab.StartAsync();
        lab.Do = (_, _) => throw new InvalidOperationException("no disk");
        await lab.AddAsync("nightly", null, new() { MaxAttempts = 3, PauseAfterFailures = 2 });
        await lab.RunNowAsync("nightly");
        await lab.SettleAsync();
        var run = Assert.Single(await lab.RunsAsync("nightly"));
        Assert.Equal((RunState.Waiting, 1), (run.State, run.Attempt));
        Assert.InRange(run.NextAttemptTime!.Value - lab.Time.GetUtcNow(), Minute / 4, Minute / 2);
        await lab.PassAsync(TimeSpan.FromSeconds(14), TimeSpan.FromSeconds(14));
        Assert.Equal(1, (await lab.RunsAsync("nightly"))[0].Attempt);
        await lab.PassAsync(2 * Minute, TimeSpan.FromSeconds(16));
        run = Assert.Single(await lab.RunsAsync("nightly"));
        Assert.Equal((RunState.Failed, 3, "no disk"), (run.State, run.Attempt, run.Message));
        Assert.All(run.Attempts, attempt => Assert.Equal("no disk", attempt.Error));
        Assert.Null(run.NextAttemptTime);
        // Whoever reads its log learns of each attempt, why it failed, and when the next one is.
        var said = await lab.Journals.ReadAsync(run, 0, 10, Token);
        Assert.Equal([2, 2, 3], said.Select(line => (int)line.Level));
        Assert.Matches(@"^Attempt 1 failed: no disk The next attempt is at 2026-11-21 09:00:\d\dZ\.$", said[0].Message);
        Assert.StartsWith(
            "Attempt 2 failed: no disk The next attempt is at",
            said[1].Message,
            StringComparison.Ordinal
        );
        Assert.Equal("Attempt 3 failed, and it was the last: no disk", said[2].Message);
        Assert.Equal(
            (1, 1),
            ((await lab.JobAsync("nightly")).Tally.Failed, (await lab.JobAsync("nightly")).FailuresInRow)
        );

        // Twice in a row, and the job pauses itself.
        await lab.RunNowAsync("nightly");
        await lab.PassAsync(2 * Minute, TimeSpan.FromSeconds(16));
        var job = await lab.JobAsync("nightly");
        Assert.NotNull(job.PauseTime);
        Assert.Contains("2 times in a row", job.PauseReason, StringComparison.Ordinal);

        // Tried again by a caller, it may succeed as its fourth attempt.
        lab.Do = (_, _) => Task.FromResult(EngineLab.Done);
        await lab.Queue.RetryAsync(run, (Change("RetryRun"), lab.Time.GetUtcNow()), Token);
        await lab.SettleAsync();
        run = (await lab.RunsAsync("nightly"))[0];
        Assert.Equal((RunState.Succeeded, 4), (run.State, run.Attempt));
        Assert.Equal(1, (await lab.JobAsync("nightly")).Tally.Failed);
    }

    [Fact]
    public async Task What_would_only_be_found_again_is_not_tried_again_and_what_may_pass_is()
    {
        await using var lab = await EngineLab.StartAsync();
        foreach (
            var (job, reason, state) in new[]
            {
                ("gone", ErrorReason.DatasetNotFound, RunState.Failed),
                ("wrong", ErrorReason.InvalidArgument, RunState.Failed),
                ("away", ErrorReason.Unavailable, RunState.Waiting),
                ("outside", ErrorReason.SourceFailed, RunState.Waiting),
            }
        )
        {
            lab.Do = (_, _) => throw new DendriteException(reason, "It is so.");
            await lab.AddAsync(job, null);
            await lab.RunNowAsync(job);
            await lab.SettleAsync();
            Assert.Equal((job, state), (job, Assert.Single(await lab.RunsAsync(job)).State));
        }
    }

    [Fact]
    public async Task The_first_attempt_of_a_day_that_succeeds_cancels_the_rest_of_that_day()
    {
        await using var lab = await EngineLab.StartAsync();
        lab.Do = (run, _) =>
            Task.FromResult(run.Run.Attempt < 2 ? RunOutcome.Failed("not published yet") : EngineLab.Done);
        var schedule = new Schedule { Attempts = new() { Times = { "20:00", "22:00", "08:00" } } };
        await lab.AddAsync("sync", schedule, new() { MaxAttempts = 1 });
        await lab.PassAsync(2 * 24 * Hour, TimeSpan.FromMinutes(30));
        var runs = await lab.RunsAsync("sync");
        Assert.Equal(2, runs.Count);
        Assert.All(
            runs,
            run =>
            {
                Assert.Equal((RunState.Succeeded, 20), (run.State, run.ScheduledTime!.Value.Hour));
                Assert.Equal([20, 22], run.Attempts.Select(attempt => attempt.StartTime.Hour));
            }
        );
        Assert.Equal(0, (await lab.JobAsync("sync")).Tally.Skipped);

        lab.Do = (_, _) => Task.FromResult(RunOutcome.Failed("never published"));
        await lab.PassAsync(24 * Hour, TimeSpan.FromMinutes(30));
        var failed = (await lab.RunsAsync("sync"))[^1];
        Assert.Equal([20, 22, 8], failed.Attempts.Select(attempt => attempt.StartTime.Hour));
        Assert.Equal(RunState.Failed, failed.State);
    }

    [Fact]
    public async Task A_job_runs_after_others_once_each_has_ended_as_wanted()
    {
        await using var lab = await EngineLab.StartAsync(engines: 2);
        lab.Do = (run, _) =>
            Task.FromResult(run.Job.Job == "fails" ? RunOutcome.FailedForGood("as told") : EngineLab.Done);
        foreach (var job in new[] { "one", "two", "fails" })
            await lab.AddAsync(job, null);
        await lab.AddAsync("report", After("one", "two"));
        await lab.AddAsync("never", After("one", "fails"));
        await lab.AddAsync(
            "always",
            new Schedule
            {
                AfterJobs = new() { Jobs = { "projects/lab/jobs/fails" }, AnyOutcome = true },
            }
        );
        await RunAsync(lab, "one");
        Assert.Empty(await lab.RunsAsync("report"));
        await RunAsync(lab, "one");
        Assert.Empty(await lab.RunsAsync("report"));
        await RunAsync(lab, "two");
        Assert.Equal(RunCause.Job, Assert.Single(await lab.RunsAsync("report")).Cause);
        // Each must end again.
        await RunAsync(lab, "two");
        Assert.Single(await lab.RunsAsync("report"));
        await RunAsync(lab, "one");
        Assert.Equal(2, (await lab.RunsAsync("report")).Count);
        await RunAsync(lab, "fails");
        Assert.Empty(await lab.RunsAsync("never"));
        Assert.Single(await lab.RunsAsync("always"));
        // What was only a dry run lets nothing follow.
        await lab.RunNowAsync("fails", dryRun: true);
        await lab.PassAsync(Minute, Minute);
        Assert.Single(await lab.RunsAsync("always"));
    }

    [Fact]
    public async Task A_worker_that_went_away_is_taken_over_and_what_it_still_says_is_refused()
    {
        await using var lab = await EngineLab.StartAsync(engines: 2);
        var asleep = new TaskCompletionSource<RunOutcome>();
        RunContext? first = null;
        lab.Do = (run, _) =>
        {
            if (first is not null)
                return Task.FromResult(EngineLab.Done);
            first = run;
            return asleep.Task;
        };
        await lab.AddAsync("nightly", null);
        var id = await lab.RunNowAsync("nightly");
        await lab.Engines[0].StepAsync(Token);
        await BegunAsync(() => first);
        Assert.False(await lab.Engines[1].StepAsync(Token));

        // It sleeps through its lease: by its own steady clock it knows when it wakes.
        lab.Time.Advance(lab.Options.Lease + TimeSpan.FromSeconds(1));
        Assert.Throws<RunLostException>(first!.Lease.ThrowIfLost);
        Assert.True(await lab.Engines[1].StepAsync(Token));
        await lab.Engines[1].WhenIdleAsync();
        first.Log(V1.LogLevel.Information, "late");
        asleep.SetResult(RunOutcome.Failed("late"));
        await lab.Engines[0].WhenIdleAsync();

        var ended = await lab.Runs.GetAsync(lab.Project, "nightly", id, Token);
        Assert.Equal((RunState.Succeeded, 2, 0), (ended.State, ended.Attempt, ended.LogLines));
        Assert.Equal(1, (await lab.JobAsync("nightly")).Tally.Succeeded);
        Assert.Equal(0, (await lab.JobAsync("nightly")).Tally.Failed);
    }

    [Fact]
    public async Task A_run_whose_workers_all_went_away_is_not_handed_on_for_ever()
    {
        await using var lab = await EngineLab.StartAsync();
        lab.Do = (_, _) => new TaskCompletionSource<RunOutcome>().Task;
        await lab.AddAsync("deadly", null, new() { MaxAttempts = 2 });
        var id = await lab.RunNowAsync("deadly");
        for (var i = 0; i < 3; i++)
        {
            // Each worker's engine is left behind with its run.
            await lab.AddEngine().StepAsync(Token);
            lab.Time.Advance(lab.Options.Lease + TimeSpan.FromSeconds(1));
        }

        await lab.AddEngine().StepAsync(Token);
        await SchedulerFixture.UntilAsync(async () =>
            (await lab.Runs.GetAsync(lab.Project, "deadly", id, Token)).State is RunState.Failed
        );
        var run = await lab.Runs.GetAsync(lab.Project, "deadly", id, Token);
        Assert.Contains("went away", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_ended()
    {
        await using var lab = await EngineLab.StartAsync();
        lab.Do = async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return EngineLab.Done;
        };
        var brief = new JobPolicy { MaxAttempts = 1, Timeout = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(50)) };
        await lab.AddAsync("slow", null, brief);
        await lab.RunNowAsync("slow");
        await lab.SettleAsync();
        var run = Assert.Single(await lab.RunsAsync("slow"));
        Assert.Equal((RunState.Failed, 4), (run.State, run.Attempts[0].ErrorCode));
        Assert.Contains("longer than", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_and_progress_of_a_run_are_kept_in_order_and_bounded()
    {
        await using var lab = await EngineLab.StartAsync();
        lab.Do = (run, _) =>
        {
            for (var i = 0; i < RunJournal.MaxLines + 5; i++)
                run.Log(V1.LogLevel.Information, $"line {i}");
            run.Log(V1.LogLevel.Error, "left out too");
            run.Tell("counting", 7, 9, "rows");
            return Task.FromResult(RunOutcome.FailedForGood("too much"));
        };
        await lab.AddAsync("talks", null);
        await lab.RunNowAsync("talks");
        await lab.SettleAsync();
        var run = Assert.Single(await lab.RunsAsync("talks"));
        Assert.Equal(RunJournal.MaxLines + 2, run.LogLines);
        Assert.Contains("\"counting\"", run.ProgressJson, StringComparison.Ordinal);
        var lines = await lab.Journals.ReadAsync(run, 0, 20_000, Token);
        Assert.Equal(
            Enumerable.Range(0, RunJournal.MaxLines).Select(i => $"line {i}"),
            lines.SkipLast(2).Select(line => line.Message)
        );
        Assert.Contains("6 further lines", lines[^2].Message, StringComparison.Ordinal);
        Assert.Equal("Attempt 1 failed, and another would not help: too much", lines[^1].Message);
        Assert.Equal(Enumerable.Range(0, lines.Count).Select(i => (long)i), lines.Select(line => line.Number));
    }

    [Fact]
    public async Task Days_that_the_calendar_leaves_out_are_skipped_and_a_change_of_it_follows_at_once()
    {
        await using var lab = await EngineLab.StartAsync();
        var now = lab.Time.GetUtcNow();
        var rest = new CalendarRecord(lab.Project, "rest")
        {
            BusinessDaysOnly = true,
            CreateTime = now,
            UpdateTime = now,
        };
        await lab.Calendars.CreateAsync(rest, Change("CreateCalendar"), Token);
        await lab.AddAsync("daily", new Schedule { Cron = new() { Expression = "0 12 * * *" } }, calendar: "rest");
        await lab.SettleAsync();
        // Saturday morning: the next business day is Monday.
        Assert.Equal(23, (await lab.JobAsync("daily")).Timetable.NextRunTime!.Value.Day);
        await lab.PassAsync(24 * Hour, Hour);
        var skipped = Assert.Single(await lab.RunsAsync("daily"));
        Assert.Equal((RunState.Skipped, 1), (skipped.State, (await lab.JobAsync("daily")).Tally.Skipped));
        Assert.Contains("no business day", skipped.Message, StringComparison.Ordinal);

        var holidays = new CalendarChange { BusinessDaysOnly = false, Holidays = ["2026-11-23"] };
        await lab.Calendars.UpdateAsync(
            lab.Project,
            new("rest"),
            (holidays, lab.Time.GetUtcNow()),
            Change("Update"),
            Token
        );
        await lab.SettleAsync();
        Assert.Equal(22, (await lab.JobAsync("daily")).Timetable.NextRunTime!.Value.Day);
        await lab.PassAsync(3 * 24 * Hour, Hour);
        Assert.Equal(
            [(21, RunState.Skipped), (22, RunState.Succeeded), (23, RunState.Skipped), (24, RunState.Succeeded)],
            (await lab.RunsAsync("daily")).Select(run => (run.ScheduledTime!.Value.Day, run.State))
        );
    }

    [Fact]
    public async Task A_job_of_the_last_day_of_all_that_its_calendar_leaves_out_holds_up_no_other()
    {
        await using var lab = await EngineLab.StartAsync();
        await AddCalendarAsync(lab, "days");
        var never = new DateTimeOffset(9999, 12, 31, 12, 0, 0, TimeSpan.Zero).ToTimestamp();
        await lab.AddAsync("last", new Schedule { Once = never }, calendar: "days");
        await lab.AddAsync("other", Every(Minute));
        await lab.SettleAsync();
        Assert.Equal(9999, (await lab.JobAsync("last")).Timetable.NextRunTime!.Value.Year);

        var holidays = (new CalendarChange { Holidays = ["9999-12-31"] }, lab.Time.GetUtcNow());
        await lab.Calendars.UpdateAsync(lab.Project, new("days"), holidays, Change("Update"), Token);
        await lab.PassAsync(Minute, Minute);
        Assert.Null((await lab.JobAsync("last")).Timetable.NextRunTime);
        Assert.Single(await lab.RunsAsync("other"));
    }

    [Fact]
    public async Task A_calendar_that_this_replica_cannot_read_stops_the_jobs_that_name_it_and_no_other()
    {
        await using var lab = await EngineLab.StartAsync();
        await AddCalendarAsync(lab, "days");
        await lab.AddAsync("named", Every(Minute), calendar: "days");
        await lab.AddAsync("other", Every(Minute));
        await lab.SettleAsync();
        await lab.ExecuteAsync("UPDATE scheduling.calendar SET time_zone = 'Mars/Gale'");
        await lab.PassAsync(Minute, Minute);
        Assert.Null((await lab.JobAsync("named")).Timetable.NextTime);
        Assert.Single(await lab.RunsAsync("other"));
    }

    [Fact]
    public async Task Runs_that_are_asked_for_begin_though_others_cannot_be_planned_and_those_are_planned_in_the_end()
    {
        await using var lab = await EngineLab.StartAsync();
        await lab.AddAsync("due", Every(Minute));
        await lab.AddAsync("asked", null);
        await lab.SettleAsync();
        lab.Time.Advance(Minute);
        await lab.ExecuteAsync(
            "ALTER TABLE scheduling.job ADD CONSTRAINT none CHECK (name <> 'due' OR missed_count < 0) NOT VALID"
        );
        await lab.RunNowAsync("asked");
        await lab.SettleAsync();
        Assert.Equal(RunState.Succeeded, Assert.Single(await lab.RunsAsync("asked")).State);
        Assert.Empty(await lab.RunsAsync("due"));

        await lab.ExecuteAsync("ALTER TABLE scheduling.job DROP CONSTRAINT none");
        lab.Time.Advance(lab.Options.PollInterval);
        await lab.SettleAsync();
        Assert.Single(await lab.RunsAsync("due"));
    }

    private static async Task AddCalendarAsync(EngineLab lab, string name)
    {
        var now = lab.Time.GetUtcNow();
        var calendar = new CalendarRecord(lab.Project, name) { CreateTime = now, UpdateTime = now };
        await lab.Calendars.CreateAsync(calendar, Change("CreateCalendar"), Token);
    }

    private static async Task RunAsync(EngineLab lab, string job)
    {
        lab.Time.Advance(Minute);
        await lab.RunNowAsync(job);
        await lab.SettleAsync();
    }

    private static Task BegunAsync(Func<RunContext?> run) =>
        SchedulerFixture.UntilAsync(() => Task.FromResult(run() is not null));

    private static Mutation Change(string method) => new("tests", method, "projects/lab");

    private static Schedule Every(TimeSpan interval) => new() { Interval = Duration.FromTimeSpan(interval) };

    private static Schedule After(params string[] jobs) =>
        new() { AfterJobs = new() { Jobs = { jobs.Select(job => $"projects/lab/jobs/{job}") } } };
}

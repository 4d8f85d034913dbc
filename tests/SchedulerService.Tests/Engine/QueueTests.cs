using System.Collections.Concurrent;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Tests.Engine;

/// <summary>Which runs go on beside each other, and which wait: each run is held until the test lets it end.</summary>
public sealed class QueueTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<RunOutcome>> held = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(OverlapPolicy.Skip, "running skipped skipped", 1)]
    [InlineData(OverlapPolicy.BufferOne, "running queued skipped", 1)]
    [InlineData(OverlapPolicy.BufferAll, "running queued queued", 1)]
    [InlineData(OverlapPolicy.Allow, "running running running", 3)]
    public async Task What_becomes_due_while_a_run_goes_on(OverlapPolicy overlap, string states, int atOnce)
    {
        await using var lab = await HoldingAsync();
        await lab.AddAsync("job", Every(Minute), new() { Overlap = overlap });
        for (var i = 0; i < 3; i++)
        {
            lab.Time.Advance(Minute);
            await StepAsync(lab);
        }

        await HeldAsync(atOnce);
        Assert.Equal(states, await StatesAsync(lab, "job"));
        Assert.Equal(states.Split(' ').Count(state => state == "skipped"), (await lab.JobAsync("job")).Tally.Skipped);
        // What waits goes on afterwards, in order.
        var order = new List<Guid>();
        while (await TryEndOneAsync(lab) is { } ended)
            order.Add(ended);
        var ran = (await lab.RunsAsync("job")).Where(run => run.State is RunState.Succeeded).Select(run => run.Id);
        Assert.Equal(ran, overlap is OverlapPolicy.Allow ? ran : order);
    }

    [Fact]
    public async Task A_due_run_cancels_the_one_that_goes_on_and_begins_when_it_has_stopped()
    {
        await using var lab = await HoldingAsync();
        await lab.AddAsync("job", Every(Minute), new() { Overlap = OverlapPolicy.CancelOther });
        lab.Time.Advance(Minute);
        await StepAsync(lab);
        await HeldAsync(1);
        lab.Time.Advance(Minute);
        await StepAsync(lab);
        Assert.Equal("running queued", await StatesAsync(lab, "job"));
        var runs = await lab.RunsAsync("job");
        Assert.NotNull(runs[0].CancelTime);
        held.Clear();
        await lab.Actives[0].TendAsync(Token);
        await lab.Engines[0].WhenIdleAsync();
        await StepAsync(lab);
        await HeldAsync(1);
        Assert.Equal("cancelled running", await StatesAsync(lab, "job"));
    }

    [Fact]
    public async Task Runs_of_different_jobs_with_one_key_never_go_on_at_once_in_any_replica()
    {
        await using var lab = await HoldingAsync(engines: 3);
        for (var i = 0; i < 6; i++)
        {
            await lab.AddAsync($"job-{i}", null, new() { ConcurrencyKey = "disk" });
            await lab.RunNowAsync($"job-{i}");
        }

        for (var left = 6; left > 0; left--)
        {
            await Task.WhenAll(lab.Engines.Select(engine => engine.StepAsync(Token)));
            await lab.Queue.ReleaseAsync(lab.Project, lab.Time.GetUtcNow(), Token);
            await StepAsync(lab);
            await HeldAsync(1);
            Assert.Equal(1, await lab.CountAsync("SELECT count(*) FROM scheduling.job_run WHERE state = 'running'"));
            Assert.NotNull(await TryEndOneAsync(lab));
        }

        Assert.Equal(6, await lab.CountAsync("SELECT count(*) FROM scheduling.job_run WHERE state = 'succeeded'"));
        Assert.Equal(6, await lab.CountAsync("SELECT count(*) FROM scheduling.run_attempt"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_backfill_runs_every_past_time_in_order_and_so_many_at_once(int concurrent)
    {
        await using var lab = await HoldingAsync(engines: 2);
        await lab.AddAsync("job", Every(Minute));
        var job = await lab.JobAsync("job");
        var start = lab.Time.GetUtcNow() - TimeSpan.FromHours(1);
        var planned = Enumerable
            .Range(0, 9)
            .Select(i => new PlannedRun("job", new Guid(i + 1, 0, 0, new byte[8]), RunCause.Backfill)
            {
                ScheduledTime = start.AddMinutes(i),
                MakesUp = true,
                ConcurrencyKey = concurrent == 1 ? "job" : $"job/backfill/{i % concurrent}",
            });
        await lab.Queue.AddAsync(job, [.. planned], [], (Change("BackfillJob"), lab.Time.GetUtcNow()), Token);
        var most = 0L;
        await StepAsync(lab);
        do
        {
            var running = await lab.CountAsync("SELECT count(*) FROM scheduling.job_run WHERE state = 'running'");
            most = Math.Max(most, running);
            await HeldAsync((int)running);
        } while (await TryEndOneAsync(lab) is not null);

        Assert.Equal(concurrent, most);
        var runs = await lab.RunsAsync("job");
        Assert.Equal(9, runs.Count(run => run.State is RunState.Succeeded));
        Assert.Equal(9, runs.Select(run => run.ScheduledTime).Distinct().Count());
        Assert.Equal(9, (await lab.JobAsync("job")).Tally.Started);
    }

    [Fact]
    public async Task A_paused_job_begins_nothing_but_what_a_caller_asks_for_and_goes_on_when_resumed()
    {
        await using var lab = await HoldingAsync();
        await lab.AddAsync("job", Every(Minute), new() { Overlap = OverlapPolicy.BufferAll });
        for (var i = 0; i < 2; i++)
        {
            lab.Time.Advance(Minute);
            await StepAsync(lab);
        }

        await HeldAsync(1);
        var pause = (lab.Time.GetUtcNow(), "a look at it");
        await lab.Writer.PauseAsync(lab.Project, new("job"), pause, Change("PauseJob"), Token);
        Assert.NotNull(await TryEndOneAsync(lab));
        lab.Time.Advance(10 * Minute);
        await StepAsync(lab);
        Assert.Equal("succeeded queued", await StatesAsync(lab, "job"));
        await lab.RunNowAsync("job");
        await StepAsync(lab);
        await HeldAsync(1);
        Assert.NotNull(await TryEndOneAsync(lab));
        Assert.Equal("succeeded queued succeeded", await StatesAsync(lab, "job"));

        await lab.Writer.ResumeAsync(lab.Project, new("job"), (lab.Time.GetUtcNow(), null), Change("ResumeJob"), Token);
        await lab.Queue.ReleaseAsync(lab.Project, lab.Time.GetUtcNow(), Token);
        await StepAsync(lab);
        await HeldAsync(1);
        while (await TryEndOneAsync(lab) is not null) { }

        // The ten minutes of the pause are neither made up for nor missed.
        Assert.Equal("succeeded succeeded succeeded", await StatesAsync(lab, "job"));
        Assert.Equal(0, (await lab.JobAsync("job")).Tally.Missed);
    }

    [Fact]
    public async Task A_queued_run_is_cancelled_at_once_and_a_running_one_when_it_is_told()
    {
        await using var lab = await HoldingAsync();
        await lab.AddAsync("job", null);
        var running = await lab.RunNowAsync("job");
        var queued = await lab.RunNowAsync("job");
        await StepAsync(lab);
        await HeldAsync(1);
        foreach (var id in new[] { running, queued })
        {
            var run = await lab.Runs.GetAsync(lab.Project, "job", id, Token);
            await lab.Queue.CancelAsync(run, "not today", (Change("CancelRun"), lab.Time.GetUtcNow()), Token);
        }

        Assert.Equal(RunState.Cancelled, (await lab.Runs.GetAsync(lab.Project, "job", queued, Token)).State);
        await lab.Actives[0].TendAsync(Token);
        await lab.Engines[0].WhenIdleAsync();
        var stopped = await lab.Runs.GetAsync(lab.Project, "job", running, Token);
        Assert.Equal((RunState.Cancelled, "Cancelled: not today"), (stopped.State, stopped.Message));
        Assert.Equal(0, (await lab.JobAsync("job")).FailuresInRow);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_as_its_attempt_fails_does_not_wait_for_the_next()
    {
        await using var lab = await EngineLab.StartAsync();
        await lab.AddAsync("job", null, new() { InitialBackoff = Duration.FromTimeSpan(TimeSpan.FromHours(1)) });
        lab.Do = async (run, _) =>
        {
            // Nobody has told the worker yet.
            var change = (Change("CancelRun"), lab.Time.GetUtcNow());
            await lab.Queue.CancelAsync(run.Run, "not today", change, CancellationToken.None);
            return RunOutcome.Failed("The source is away.");
        };
        var id = await lab.RunNowAsync("job");
        await lab.SettleAsync();

        var ended = await lab.Runs.GetAsync(lab.Project, "job", id, Token);
        Assert.Equal((RunState.Cancelled, "Cancelled: not today"), (ended.State, ended.Message));
    }

    [Fact]
    public async Task A_deletion_that_is_broken_off_leaves_no_run_that_could_begin_and_is_ended_by_the_next_one()
    {
        await using var lab = await EngineLab.StartAsync();
        await lab.AddAsync("job", null);
        await lab.RunNowAsync("job");
        await lab.SettleAsync();
        await lab.RunNowAsync("job");
        await lab.ExecuteAsync(
            """
            CREATE FUNCTION scheduling.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
            CREATE TRIGGER refuse BEFORE DELETE ON scheduling.job_run FOR EACH ROW
                WHEN (OLD.end_time IS NOT NULL) EXECUTE FUNCTION scheduling.refuse();
            """
        );
        var mutation = Change("DeleteJob");
        await Assert.ThrowsAnyAsync<Exception>(() => lab.Writer.DeleteAsync(lab.Project, new("job"), mutation, Token));
        Assert.Equal(0, await lab.CountAsync("SELECT count(*) FROM scheduling.job"));
        Assert.Equal(0, await lab.CountAsync("SELECT count(*) FROM scheduling.job_run WHERE end_time IS NULL"));

        await lab.ExecuteAsync("DROP TRIGGER refuse ON scheduling.job_run");
        await lab.Queue.ForgetOrphansAsync(lab.Project, 1_000, Token);
        Assert.Equal(0, await lab.CountAsync("SELECT count(*) FROM scheduling.job_run"));
    }

    [Fact]
    public async Task Runs_that_only_wait_leave_the_places_of_those_that_go_on_however_many_they_are()
    {
        await using var lab = await EngineLab.StartAsync();
        (lab.Options.MaxConcurrentRuns, lab.Options.MaxRestingRuns) = (2, 3);
        var resting = 0;
        using var opens = new CancellationTokenSource();
        lab.Do = async (run, token) =>
        {
            if (run.Job.Job == "works")
                return EngineLab.Done;
            using var rest = run.Rest();
            Interlocked.Increment(ref resting);
            var open = new TaskCompletionSource();
            await using var opened = opens.Token.Register(() => open.TrySetResult());
            await open.Task.WaitAsync(token);
            return EngineLab.Done;
        };
        await lab.AddAsync("works", null);
        for (var i = 0; i < 8; i++)
        {
            await lab.AddAsync($"waits-{i}", null);
            await lab.RunNowAsync($"waits-{i}");
        }

        await SchedulerFixture.UntilAsync(async () =>
        {
            await StepAsync(lab);
            return Volatile.Read(ref resting) >= 8;
        });
        await lab.RunNowAsync("works");
        await SchedulerFixture.UntilAsync(async () =>
        {
            await StepAsync(lab);
            return (await lab.RunsAsync("works"))[0].State is RunState.Succeeded;
        });
        Assert.Equal(3, await lab.CountAsync("SELECT count(*) FROM scheduling.job_run WHERE state = 'running'"));

        // When those that wait find what they wait for, the others come to it too.
        await opens.CancelAsync();
        await lab.Engines[0].WhenIdleAsync();
        await lab.PassAsync(2 * Minute, Minute);
        Assert.Equal(9, await lab.CountAsync("SELECT count(*) FROM scheduling.job_run WHERE state = 'succeeded'"));
    }

    [Fact]
    public async Task A_run_that_finds_no_place_to_wait_uses_up_no_attempts_and_says_so_once()
    {
        await using var lab = await EngineLab.StartAsync();
        lab.Options.MaxRestingRuns = 0;
        var isThere = false;
        lab.Do = (run, token) =>
        {
            if (isThere)
                return Task.FromResult(EngineLab.Done);
            using var rest = run.Rest();
            token.ThrowIfCancellationRequested();
            return Task.FromResult(EngineLab.Done);
        };
        await lab.AddAsync("waits", null);
        await lab.RunNowAsync("waits");
        await lab.SettleAsync();
        await lab.PassAsync(10 * Minute, Minute);
        var run = Assert.Single(await lab.RunsAsync("waits"));
        Assert.Equal((RunState.Waiting, 1), (run.State, run.Attempt));
        Assert.Equal(1, await lab.CountAsync("SELECT count(*) FROM scheduling.run_attempt"));
        Assert.Equal(1, await lab.CountAsync("SELECT count(*) FROM scheduling.run_log"));

        isThere = true;
        await lab.PassAsync(2 * Minute, Minute);
        run = Assert.Single(await lab.RunsAsync("waits"));
        Assert.Equal((RunState.Succeeded, 2), (run.State, run.Attempt));
        Assert.Equal(1, (await lab.JobAsync("waits")).Tally.Started);
    }

    private async Task<EngineLab> HoldingAsync(int engines = 1)
    {
        var lab = await EngineLab.StartAsync(engines);
        lab.Do = async (run, token) =>
        {
            var end = held.GetOrAdd(run.Run.Id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
            return await end.Task.WaitAsync(token);
        };
        return lab;
    }

    private static async Task StepAsync(EngineLab lab)
    {
        for (var isBusy = true; isBusy; )
        {
            isBusy = false;
            foreach (var engine in lab.Engines)
                isBusy |= await engine.StepAsync(Token);
        }
    }

    private Task HeldAsync(int count) => SchedulerFixture.UntilAsync(() => Task.FromResult(held.Count == count));

    /// <summary>Lets the oldest end, and begins what then may.</summary>
    private async Task<Guid?> TryEndOneAsync(EngineLab lab)
    {
        await SchedulerFixture.UntilAsync(async () =>
            held.Count == await lab.CountAsync("SELECT count(*) FROM scheduling.job_run WHERE state = 'running'")
        );
        if (held.IsEmpty)
            return null;
        var oldest = held.Keys.Min();
        held.TryRemove(oldest, out var end);
        end!.SetResult(EngineLab.Done);
        await SchedulerFixture.UntilAsync(async () =>
            await lab.CountAsync(
                $"SELECT count(*) FROM scheduling.job_run WHERE run_id = '{oldest}' AND end_time IS NULL"
            ) == 0
        );
        await StepAsync(lab);
        return oldest;
    }

    private static async Task<string> StatesAsync(EngineLab lab, string job) =>
        string.Join(' ', (await lab.RunsAsync(job)).Select(run => run.State.ToString().ToLowerInvariant()));

    private static Mutation Change(string method) => new("tests", method, "projects/lab");

    private static Schedule Every(TimeSpan interval) => new() { Interval = Duration.FromTimeSpan(interval) };
}

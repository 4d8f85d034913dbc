using Dendrite.Storage;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Tests.Runs;

/// <summary>Who may work on a run, with time under the test's control.</summary>
public sealed class RunLeaseTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 2, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private static readonly RunOutcome Done = new(
        RunState.Succeeded,
        "done",
        new Dictionary<string, long> { ["n"] = 1 }
    );

    private SchedulerFixture? fixture;
    private JobStore? jobs;
    private RunStore? runs;
    private RunQueue? queue;
    private RunLeaseStore? leases;
    private RunJournalStore? journals;
    private JobRecord? job;

    private static CancellationToken Token => SchedulerFixture.Token;

    public async ValueTask InitializeAsync()
    {
        fixture = await SchedulerFixture.StartAsync();
        var database = new PlatformDatabase(fixture.Database.Scheduler);
        jobs = new JobStore(database);
        runs = new RunStore(database);
        queue = new RunQueue(database, runs);
        leases = new RunLeaseStore(database);
        journals = new RunJournalStore(database);
        var writer = new JobWriter(database);
        await writer.EnsureAsync(
            new JobRecord(fixture.Project, "nightly")
            {
                Uid = Guid.CreateVersion7(Now),
                TaskKind = "maintenance",
                TaskJson = """{"maintenance": {}}""",
                Timetable = JobTimetable.None with { ScheduleTime = Now, CursorTime = Now },
                CreateTime = Now,
                UpdateTime = Now,
            },
            Token
        );
        job = await jobs.GetAsync(fixture.Project, "nightly", Token);
    }

    public ValueTask DisposeAsync() => fixture!.DisposeAsync();

    [Fact]
    public async Task A_run_is_taken_by_one_worker_until_its_lease_passes()
    {
        var run = await AddAsync("nightly");
        var first = await TakeAsync(run, "first", Now);
        Assert.Null(await TakeAsync(run, "second", Now + Lease));
        var second = await TakeAsync(run, "second", Now + Lease + TimeSpan.FromMilliseconds(1));
        Assert.True(second!.Run.FencingToken > first!.Run.FencingToken);
        Assert.True(second.WasLeftBehind);

        // The first was only asleep: whatever it still says is refused.
        Assert.False(await leases!.RenewAsync(first.Run, Now.AddHours(1), Token));
        Assert.False(await EndAsync(first, RunOutcome.Failed("late"), Now.AddHours(1)));
        Assert.False(await WriteAsync(first));
        Assert.Contains(run, await leases.ListStoppedAsync([first.Run], Token));

        Assert.True(await leases.RenewAsync(second.Run, Now.AddHours(1), Token));
        Assert.Empty(await leases.ListStoppedAsync([second.Run], Token));
        Assert.True(await WriteAsync(second));
        Assert.True(await EndAsync(second, Done, Now.AddMinutes(5)));
        Assert.False(await WriteAsync(second));
        var ended = await runs!.GetAsync(fixture!.Project, "nightly", run, Token);
        Assert.Equal((RunState.Succeeded, 2, "done"), (ended.State, ended.Attempt, ended.Message));
        Assert.Equal(["first", "second"], ended.Attempts.Select(attempt => attempt.Worker));
        Assert.Equal("Its worker went away.", ended.Attempts[0].Error);
        Assert.Null(await TakeAsync(run, "third", Now.AddDays(1)));
        Assert.Equal(1, (await jobs!.GetAsync(fixture.Project, "nightly", Token)).Tally.Succeeded);
    }

    [Fact]
    public async Task Runs_of_one_key_go_on_one_after_the_other_in_order()
    {
        Guid[] added = [await AddAsync("nightly"), await AddAsync("nightly"), await AddAsync("nightly")];
        var order = new List<Guid>();
        for (var i = 0; i < added.Length; i++)
        {
            var ready = await leases!.ListReadyAsync(Now, 10, [], Token);
            var taken = await leases.TakeAsync(
                fixture!.Project,
                [.. ready.Select(run => run.Run)],
                Terms("w", Now),
                Token
            );
            order.Add(Assert.Single(taken).Run.Id);
            Assert.Empty(await leases.ListReadyAsync(Now, 10, [], Token));
            Assert.True(await EndAsync(taken[0], Done, Now));
        }

        Assert.Equal(added, order);
    }

    [Fact]
    public async Task Of_two_workers_that_take_different_runs_of_one_key_at_once_one_waits()
    {
        var (one, other) = (await AddAsync("shared"), await AddAsync("shared"));
        await ReleaseAllAsync();
        var taken = await Task.WhenAll(TakeAsync(one, "a", Now), TakeAsync(other, "b", Now));
        var running = Assert.Single(taken, each => each is not null)!;
        Assert.True(await EndAsync(running, Done, Now));
        await queue!.ReleaseAsync(fixture!.Project, Now, Token);
        Assert.Single(await leases!.ListReadyAsync(Now, 10, [], Token));
    }

    [Fact]
    public async Task Of_many_workers_at_once_one_gets_the_run()
    {
        var run = await AddAsync("nightly");
        var takers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => TakeAsync(run, $"{i}", Now)));
        Assert.Single(takers, taken => taken is not null);
    }

    [Fact]
    public async Task What_nobody_works_on_is_ready_and_what_somebody_does_only_when_its_lease_passed()
    {
        var run = await AddAsync("nightly");
        Assert.Single(await leases!.ListReadyAsync(Now, 10, [], Token), ready => ready.Run.Run == run);
        Assert.Equal(Now, await leases.NextWakeAsync(Token));
        await TakeAsync(run, "one", Now);
        Assert.Empty(await leases.ListReadyAsync(Now.AddSeconds(59), 10, [], Token));
        Assert.Equal(Now + Lease, await leases.NextWakeAsync(Token));
        Assert.Single(await leases.ListReadyAsync(Now.AddSeconds(61), 10, [], Token));
    }

    [Fact]
    public async Task A_run_that_is_cancelled_as_its_attempt_fails_is_ready_at_once()
    {
        var id = await AddAsync("nightly");
        var first = await TakeAsync(id, "first", Now);
        await CancelAsync(id);
        await LeaveAsync(first!, isCancelled: false);

        var second = await TakeAsync(id, "second", Now);
        Assert.NotNull(second?.Run.CancelTime);
        // Who knew of it, and has only tidying up left, waits as it says.
        await LeaveAsync(second, isCancelled: true);
        Assert.Null(await TakeAsync(id, "third", Now));
        Assert.NotNull(await TakeAsync(id, "third", Now.AddHours(1)));
    }

    [Fact]
    public async Task An_end_that_is_written_again_because_its_answer_did_not_come_counts_once()
    {
        var run = await TakeAsync(await AddAsync("nightly"), "one", Now);
        Assert.True(await EndAsync(run!, Done, Now));
        Assert.False(await EndAsync(run!, Done, Now));
        Assert.Equal(1, (await jobs!.GetAsync(fixture!.Project, "nightly", Token)).Tally.Succeeded);

        var other = await TakeAsync(await AddAsync("nightly"), "one", Now);
        Assert.True(await EndAsync(other!, RunOutcome.Failed("away"), Now));
        Assert.False(await EndAsync(other!, RunOutcome.Failed("away"), Now));
        var counted = await jobs.GetAsync(fixture.Project, "nightly", Token);
        Assert.Equal((1, 1, 1), (counted.Tally.Succeeded, counted.Tally.Failed, counted.FailuresInRow));
    }

    private async Task CancelAsync(Guid id)
    {
        var run = await runs!.GetAsync(fixture!.Project, "nightly", id, Token);
        var mutation = new Mutation("tests", "CancelRun", $"projects/lab/jobs/nightly/runs/{id}");
        await queue!.CancelAsync(run, "not today", (mutation, Now), Token);
    }

    private async Task LeaveAsync(TakenRun run, bool isCancelled)
    {
        var end = new AttemptEnd(RunOutcome.Failed("away"), Now.AddHours(1), PauseAfterFailures: 0, Now)
        {
            IsCancelled = isCancelled,
        };
        Assert.True(await leases!.EndAsync(run.Run, end, Token));
    }

    private async Task<Guid> AddAsync(string key)
    {
        var planned = new PlannedRun("nightly", Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), RunCause.Caller)
        {
            ConcurrencyKey = key,
        };
        var mutation = new Mutation("tests", "RunJob", "projects/lab/jobs/nightly");
        await queue!.AddAsync(job!, [planned], planned.Id.ToByteArray(), (mutation, Now), Token);
        return planned.Id;
    }

    private async Task ReleaseAllAsync()
    {
        await using var command = fixture!.Database.Owner.CreateCommand(
            "UPDATE scheduling.job_run SET ready_time = create_time"
        );
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task<TakenRun?> TakeAsync(Guid run, string worker, DateTimeOffset now) =>
        (await leases!.TakeAsync(fixture!.Project, [new("nightly", run)], Terms(worker, now), Token)).SingleOrDefault();

    private Task<bool> EndAsync(TakenRun run, RunOutcome outcome, DateTimeOffset now) =>
        leases!.EndAsync(run.Run, new(outcome, NextAttempt: null, PauseAfterFailures: 0, now), Token);

    private Task<bool> WriteAsync(TakenRun run) => journals!.WriteAsync(run.Run, [new(Now, 1, "line")], null, Token);

    private static LeaseTerms Terms(string worker, DateTimeOffset now) => new(worker, now, Lease);
}

using Dendrite.Storage;
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
    private RunStore? runs;
    private RunLeaseStore? leases;
    private JobRecord? job;

    private static CancellationToken Token => SchedulerFixture.Token;

    public async ValueTask InitializeAsync()
    {
        fixture = await SchedulerFixture.StartAsync();
        var database = new PlatformDatabase(fixture.Database.Scheduler);
        runs = new RunStore(database);
        leases = new RunLeaseStore(database);
        var wanted = new JobRecord(
            fixture.Project,
            "retention",
            Guid.CreateVersion7(Now),
            "",
            "retention",
            "0 2 * * *",
            "UTC",
            PauseTime: null,
            PauseReason: "",
            Now,
            Now,
            Revision: 1
        );
        job = await new JobStore(database).EnsureAsync(wanted, Token);
    }

    public ValueTask DisposeAsync() => fixture!.DisposeAsync();

    [Fact]
    public async Task A_time_of_the_schedule_is_added_once()
    {
        Assert.NotNull(await AddDueAsync(Now));
        Assert.Null(await AddDueAsync(Now));
        Assert.NotNull(await AddDueAsync(Now.AddDays(1)));
    }

    [Fact]
    public async Task A_run_is_taken_by_one_worker_until_its_lease_passes()
    {
        var run = await AddDueAsync(Now);
        var first = await TakeAsync(run!, "first", Now);
        Assert.Null(await TakeAsync(run!, "second", Now + Lease));
        var second = await TakeAsync(run!, "second", Now + Lease + TimeSpan.FromMilliseconds(1));
        Assert.True(second!.FencingToken > first!.FencingToken);

        // The first was only asleep: whatever it still says is refused.
        Assert.False(await leases!.RenewAsync(first, Now.AddHours(1), Token));
        Assert.False(await leases.EndAsync(first, RunOutcome.Failed("late"), Now.AddHours(1), Token));
        Assert.False(await leases.GiveBackAsync(first, "late", Now.AddHours(1), Token));

        Assert.True(await leases.RenewAsync(second, Now.AddHours(1), Token));
        Assert.True(await leases.EndAsync(second, Done, Now.AddMinutes(5), Token));
        var ended = await runs!.FindAsync(fixture!.Project, "retention", run!.Id, Token);
        Assert.Equal((RunState.Succeeded, 2, "done"), (ended!.State, ended.Attempt, ended.Message));
        Assert.Equal(["first", "second"], ended.Attempts.Select(attempt => attempt.Worker));
        Assert.Equal("its worker went away", ended.Attempts[0].Error);
        Assert.Null(await TakeAsync(run, "third", Now.AddDays(1)));
    }

    [Fact]
    public async Task Two_runs_of_a_job_never_go_on_at_once()
    {
        var first = await AddDueAsync(Now);
        var second = await AddDueAsync(Now.AddDays(1));
        await TakeAsync(first!, "one", Now);
        await Assert.ThrowsAsync<RunOverlapException>(() => TakeAsync(second!, "two", Now));
        await leases!.SkipAsync(second!, "overlap", Now, Token);
        Assert.Equal(
            RunState.Skipped,
            (await runs!.FindAsync(fixture!.Project, "retention", second!.Id, Token))!.State
        );
    }

    [Fact]
    public async Task Of_many_workers_at_once_one_gets_the_run()
    {
        var run = await AddDueAsync(Now);
        var takers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => TakeAsync(run!, $"{i}", Now)));
        Assert.Single(takers, taken => taken is not null);
    }

    [Fact]
    public async Task Abandoned_runs_are_those_that_nobody_works_on()
    {
        var queued = await AddDueAsync(Now);
        Assert.Empty(await AbandonedAsync(Now.AddSeconds(30)));
        Assert.Single(await AbandonedAsync(Now.AddSeconds(61)), run => run.Id == queued!.Id);
        await TakeAsync(queued!, "one", Now);
        Assert.Empty(await AbandonedAsync(Now.AddSeconds(59)));
        Assert.Single(await AbandonedAsync(Now.AddSeconds(61)));
    }

    private Task<IReadOnlyList<RunRecord>> AbandonedAsync(DateTimeOffset now) =>
        runs!.ListAbandonedAsync(fixture!.Project, now - TimeSpan.FromMinutes(1), now, Token);

    private Task<RunRecord?> AddDueAsync(DateTimeOffset due) =>
        runs!.AddDueAsync(job!, Guid.CreateVersion7(due), due, Now, Token);

    private Task<RunRecord?> TakeAsync(RunRecord run, string worker, DateTimeOffset now) =>
        leases!.TakeAsync(run, worker, now, Lease, Token);
}

using Dendrite.SchedulerService.Health;
using Dendrite.ServiceDefaults.Draining;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using RunState = Dendrite.V1.RunState;

namespace Dendrite.SchedulerService.Tests.Rpc;

/// <summary>Jobs and their runs as a caller sees them, over gRPC.</summary>
public sealed class JobRpcTests
{
    private const string Parent = "projects/lab";

    private static readonly Dictionary<string, string?> Quiet = new()
    {
        ["Scheduler:RetentionCron"] = "0 0 1 1 *",
        ["Scheduler:Maintenance:Cron"] = "0 0 1 1 *",
    };

    private static CancellationToken Token => SchedulerFixture.Token;

    [Fact]
    public async Task A_job_is_made_found_changed_and_deleted_and_each_request_is_done_once()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var (client, headers) = (await fixture.ReadyClientAsync(Quiet), fixture.Headers);
        var create = NewJob("nightly");
        create.RequestId = NewId();
        create.Job.Policy = new()
        {
            Overlap = OverlapPolicy.BufferOne,
            Timeout = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)),
        };
        var made = (await client.CreateJobAsync(create, headers)).Job;
        Assert.Equal(made, (await client.CreateJobAsync(create, headers)).Job);
        Assert.Equal(made, (await client.GetJobAsync(new() { Name = made.Name }, headers)).Job);
        Assert.Equal((create.Job.Schedule, create.Job.Policy), (made.Schedule, made.Policy));
        Assert.Equal((JobState.Active, "\"1\""), (made.State, made.Etag));
        Assert.Equal(
            new DateTime(TimeProvider.System.GetUtcNow().Year + 1, 1, 1, 3, 0, 0),
            made.NextRunTime.ToDateTime()
        );

        var update = new UpdateJobRequest
        {
            Job = new()
            {
                Name = made.Name,
                DisplayName = "every night",
                Etag = made.Etag,
            },
            RequestId = NewId(),
        };
        var changed = (await client.UpdateJobAsync(update, headers)).Job;
        Assert.Equal(changed, (await client.UpdateJobAsync(update, headers)).Job);
        Assert.Equal(("every night", made.Schedule), (changed.DisplayName, changed.Schedule));
        Assert.Equal(made.NextRunTime, changed.NextRunTime);
        update.RequestId = NewId();
        var stale = await Assert.ThrowsAsync<RpcException>(async () => await client.UpdateJobAsync(update, headers));
        Assert.Equal(StatusCode.Aborted, stale.StatusCode);

        // Without a schedule it runs only when asked to.
        var manual = new UpdateJobRequest
        {
            Job = new() { Name = made.Name },
            UpdateMask = new() { Paths = { "schedule" } },
        };
        changed = (await client.UpdateJobAsync(manual, headers)).Job;
        Assert.Equal((null, null, JobState.Active), (changed.Schedule, changed.NextRunTime, changed.State));

        var delete = new DeleteJobRequest { Name = made.Name, RequestId = NewId() };
        await client.DeleteJobAsync(delete, headers);
        await client.DeleteJobAsync(delete, headers);
        await client.DeleteJobAsync(new() { Name = made.Name, AllowMissing = true }, headers);
        var gone = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.GetJobAsync(new() { Name = made.Name }, headers)
        );
        Assert.Equal(StatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Jobs_are_listed_by_what_they_are_and_when_they_run()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var (client, headers) = (await fixture.ReadyClientAsync(Quiet), fixture.Headers);
        for (var i = 1; i <= 3; i++)
        {
            var create = NewJob($"job-{i}");
            create.Job.Labels.Add("site", i == 2 ? "berlin" : "bonn");
            create.Job.Schedule.Cron.Expression = $"0 {4 - i} 1 1 *";
            await client.CreateJobAsync(create, headers);
        }

        await client.PauseJobAsync(new() { Name = $"{Parent}/jobs/job-3" }, headers);
        Assert.Equal(["job-1", "job-2", "job-3"], await IdsAsync("job_id = \"job-*\"", ""));
        Assert.Equal(["job-2"], await IdsAsync("labels.site = berlin", ""));
        Assert.Equal(["job-3"], await IdsAsync("state = PAUSED", ""));
        Assert.Equal(["retention"], await IdsAsync("task = retention", ""));
        Assert.Equal(["job-2", "job-1"], await IdsAsync("job_id = \"job-*\" AND state = ACTIVE", "next_run_time"));
        Assert.Equal(["job-1", "job-2"], await IdsAsync("job_id = \"job-*\" AND state = ACTIVE", "next_run_time desc"));
        Assert.Empty(await IdsAsync("next_run_time < \"2020-01-01\"", ""));

        async Task<List<string>> IdsAsync(string filter, string order)
        {
            var ids = new List<string>();
            var request = new ListJobsRequest
            {
                Parent = Parent,
                Filter = filter,
                OrderBy = order,
                PageSize = 1,
            };
            do
            {
                var page = await client.ListJobsAsync(request, headers);
                ids.AddRange(page.Jobs.Select(job => job.Name.Split('/')[^1]));
                request.PageToken = page.NextPageToken;
            } while (request.PageToken.Length > 0);
            return ids;
        }
    }

    [Fact]
    public async Task A_backfill_runs_each_past_time_once_and_health_counts_what_ended()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var (client, headers) = (await fixture.ReadyClientAsync(Quiet), fixture.Headers);
        var create = NewJob("hourly");
        create.Job.Schedule.Cron.Expression = "0 * * * *";
        await client.CreateJobAsync(create, headers);
        var backfill = new BackfillJobRequest
        {
            Name = $"{Parent}/jobs/hourly",
            Range = new()
            {
                StartTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToTimestamp(),
                EndTime = new DateTimeOffset(2026, 1, 1, 5, 0, 0, TimeSpan.Zero).ToTimestamp(),
            },
            MaxConcurrentRuns = 2,
            RequestId = NewId(),
        };
        Assert.Equal(5, (await client.BackfillJobAsync(backfill, headers)).RunCount);
        Assert.Equal(5, (await client.BackfillJobAsync(backfill, headers)).RunCount);
        IReadOnlyList<Run> runs = [];
        await SchedulerFixture.UntilAsync(async () =>
        {
            var list = new ListRunsRequest { Parent = $"{Parent}/jobs/-", Filter = "trigger = BACKFILL" };
            runs = (await client.ListRunsAsync(list, headers)).Runs;
            return runs.All(run => run.EndTime is not null);
        });
        Assert.Equal([4, 3, 2, 1, 0], runs.Select(run => run.ScheduledTime.ToDateTime().Hour));
        Assert.All(runs, run => Assert.Equal((RunState.Succeeded, "tester"), (run.State, run.Creator)));

        var health = await client.GetSchedulerHealthAsync(new() { Project = Parent }, headers);
        Assert.Equal((HealthState.Healthy, 1.0, ""), (health.State, health.SuccessRatio, health.Reason));
        var job = Assert.Single(health.Jobs, each => each.Job.EndsWith("hourly", StringComparison.Ordinal));
        Assert.NotNull(job.LastSuccessTime);
        Assert.NotNull(job.MedianDuration);
    }

    [Fact]
    public async Task A_run_is_followed_while_it_goes_on_and_stopped_by_a_caller()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var settings = new Dictionary<string, string?>(Quiet) { ["Scheduler:Maintenance:Pause"] = "00:00:30" };
        var (client, headers) = (await fixture.ReadyClientAsync(settings), fixture.Headers);
        await client.CreateJobAsync(NewJob("long"), headers);
        var run = (await client.RunJobAsync(new() { Name = $"{Parent}/jobs/long" }, headers)).Run;
        await SchedulerFixture.UntilAsync(async () =>
            (await client.GetRunAsync(new() { Name = run.Name }, headers)).Run.State is RunState.Running
        );
        using var log = client.ReadRunLog(new() { Name = run.Name, Follow = true }, headers);
        var ended = log.ResponseStream.MoveNext(Token);
        Assert.False(ended.IsCompleted);
        await client.CancelRunAsync(new() { Name = run.Name, Reason = "enough" }, headers);
        // Following ends with the run; it said nothing.
        Assert.False(await ended.WaitAsync(TimeSpan.FromSeconds(30), Token));
        var cancelled = (await client.GetRunAsync(new() { Name = run.Name }, headers)).Run;
        Assert.Equal(RunState.Cancelled, cancelled.State);
        Assert.Contains("enough", cancelled.Report.ToString(), StringComparison.Ordinal);
        Assert.Equal((int)StatusCode.Cancelled, cancelled.Attempts[0].Error.Code);
    }

    [Fact]
    public async Task Whoever_follows_a_run_is_sent_to_another_replica_when_this_one_stops()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var settings = new Dictionary<string, string?>(Quiet)
        {
            ["Scheduler:Maintenance:Pause"] = "00:00:30",
            ["Drain:ReadinessGrace"] = "00:00:00",
            ["Drain:OpenCallsTimeout"] = "00:00:05",
        };
        var (client, headers) = (await fixture.ReadyClientAsync(settings), fixture.Headers);
        await client.CreateJobAsync(NewJob("long"), headers);
        var run = (await client.RunJobAsync(new() { Name = $"{Parent}/jobs/long" }, headers)).Run;
        using var log = client.ReadRunLog(new() { Name = run.Name, Follow = true }, headers);
        var calls = fixture.Replicas[0].App.Services.GetRequiredService<DrainState>();
        await SchedulerFixture.UntilAsync(() => Task.FromResult(calls.OpenCalls > 0));
        var stopping = fixture.Replicas[0].App.StopAsync(Token);
        var told = await Assert.ThrowsAsync<RpcException>(async () =>
            await log.ResponseStream.MoveNext(Token).WaitAsync(TimeSpan.FromSeconds(30), Token)
        );
        Assert.Equal(StatusCode.Unavailable, told.StatusCode);
        Assert.Contains("is stopping", told.Status.Detail, StringComparison.Ordinal);
        await stopping;
    }

    [Theory]
    [InlineData(0, 0, HealthState.Healthy)]
    [InlineData(96, 4, HealthState.Healthy)]
    [InlineData(95, 5, HealthState.Warning)]
    [InlineData(51, 49, HealthState.Warning)]
    [InlineData(50, 50, HealthState.Failing)]
    [InlineData(0, 1, HealthState.Failing)]
    public void Health_is_one_word_for_a_ratio(long succeeded, long failed, HealthState state)
    {
        var ended = new EndedRuns(succeeded, failed);
        Assert.Equal(state, HealthRule.Judge(ended));
        Assert.Equal(state is HealthState.Healthy, HealthRule.Explain(ended, null).Length == 0);
    }

    [Theory]
    [InlineData(1, 9, "10 of 31 runs failed, most of them of projects/lab/jobs/busy.")]
    [InlineData(0, 9, "9 of 30 runs failed, all of them of projects/lab/jobs/busy.")]
    [InlineData(3, 3, "6 of 27 runs failed, 3 of them of projects/lab/jobs/broken.")]
    public async Task The_job_that_failed_most_is_named_and_not_the_one_that_does_worst(
        int broken,
        int busy,
        string reason
    )
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var (client, headers) = (await fixture.ReadyClientAsync(Quiet), fixture.Headers);
        await client.CreateJobAsync(NewJob("broken"), headers);
        await client.CreateJobAsync(NewJob("busy"), headers);
        await fixture.AddEndedAsync("broken", "failed", broken);
        await fixture.AddEndedAsync("busy", "failed", busy);
        await fixture.AddEndedAsync("busy", "succeeded", 21);
        var health = await client.GetSchedulerHealthAsync(new() { Project = Parent }, headers);
        Assert.Equal(reason, health.Reason);
    }

    private static string NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    private static CreateJobRequest NewJob(string id) =>
        new()
        {
            Parent = Parent,
            JobId = id,
            Job = new()
            {
                Schedule = new() { Cron = new() { Expression = "0 3 1 1 *" } },
                Task = new() { Maintenance = new() },
            },
        };
}

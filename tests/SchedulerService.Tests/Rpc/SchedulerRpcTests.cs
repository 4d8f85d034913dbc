using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Rpc;

public sealed class SchedulerRpcTests
{
    [Fact]
    public async Task Every_project_has_its_retention_at_two_in_the_morning()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync();
        var jobs = new ListJobsResponse();
        // The engine says when a job is due next when it has looked at it.
        await SchedulerFixture.UntilAsync(async () =>
        {
            jobs = await client.ListJobsAsync(new ListJobsRequest { Parent = "projects/lab" }, fixture.Headers);
            return jobs.Jobs.All(job => job.NextRunTime is not null);
        });
        Assert.Equal(2, jobs.Jobs.Count);
        Assert.NotNull(jobs.Jobs[0].Task.Maintenance);
        var job = jobs.Jobs[1];
        Assert.Equal(SchedulerFixture.Job, job.Name);
        Assert.Equal("0 2 * * *", job.Schedule.Cron.Expression);
        Assert.Equal(JobState.Active, job.State);
        Assert.Equal(2, job.NextRunTime.ToDateTime().Hour);
        Assert.Equal(job, (await client.GetJobAsync(new GetJobRequest { Name = job.Name }, fixture.Headers)).Job);
    }

    [Fact]
    public async Task A_paused_job_has_no_next_time_until_it_is_resumed()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync();
        var pause = new PauseJobRequest { Name = SchedulerFixture.Job, Reason = "a holiday" };
        var paused = (await client.PauseJobAsync(pause, fixture.Headers)).Job;
        Assert.Equal((JobState.Paused, "a holiday"), (paused.State, paused.PauseReason));
        Assert.Null(paused.NextRunTime);
        pause.Reason = "";
        Assert.Equal("a holiday", (await client.PauseJobAsync(pause, fixture.Headers)).Job.PauseReason);
        pause.Reason = "a longer one";
        paused = (await client.PauseJobAsync(pause, fixture.Headers)).Job;
        Assert.Equal("a longer one", paused.PauseReason);

        var resume = new ResumeJobRequest { Name = SchedulerFixture.Job, Etag = "1" };
        var stale = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.ResumeJobAsync(resume, fixture.Headers)
        );
        Assert.Equal(StatusCode.Aborted, stale.StatusCode);
        resume.Etag = paused.Etag;
        Assert.NotNull((await client.ResumeJobAsync(resume, fixture.Headers)).Job.NextRunTime);
    }

    [Fact]
    public async Task A_repeated_request_finds_the_run_of_the_first()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync();
        var request = new RunJobRequest
        {
            Name = SchedulerFixture.Job,
            RequestId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString(),
        };
        var first = (await client.RunJobAsync(request, fixture.Headers)).Run;
        var again = (await client.RunJobAsync(request, fixture.Headers)).Run;
        Assert.Equal(first.Name, again.Name);
        await fixture.EndAsync(client, first.Name);
        var runs = await client.ListRunsAsync(new ListRunsRequest { Parent = SchedulerFixture.Job }, fixture.Headers);
        Assert.Single(runs.Runs);

        request.DryRun = true;
        var reused = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.RunJobAsync(request, fixture.Headers)
        );
        Assert.Equal(ErrorReason.RequestIdReused, ErrorStatus.FromRpcException(reused)!.Reason);
    }

    [Fact]
    public async Task Runs_are_listed_newest_first_in_pages()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync();
        var names = new List<string>();
        for (var i = 0; i < 3; i++)
            names.Insert(0, (await fixture.RunToEndAsync(client)).Name);
        var request = new ListRunsRequest { Parent = SchedulerFixture.Job, PageSize = 2 };
        var first = await client.ListRunsAsync(request, fixture.Headers);
        request.PageToken = first.NextPageToken;
        var second = await client.ListRunsAsync(request, fixture.Headers);
        Assert.Equal(names, first.Runs.Concat(second.Runs).Select(run => run.Name));
        Assert.Empty(second.NextPageToken);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_its_reason()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync();
        var headers = fixture.Headers;
        (Func<Task> Call, ErrorReason Reason)[] refusals =
        [
            (
                async () => await client.GetJobAsync(new GetJobRequest { Name = "jobs/x" }, headers),
                ErrorReason.MalformedName
            ),
            (
                async () => await client.GetJobAsync(new GetJobRequest { Name = "projects/lab/jobs/x" }, headers),
                ErrorReason.JobNotFound
            ),
            (
                async () => await client.GetJobAsync(new GetJobRequest { Name = "projects/x/jobs/y" }, headers),
                ErrorReason.ProjectNotFound
            ),
            (
                async () =>
                    await client.RunJobAsync(
                        new RunJobRequest { Name = SchedulerFixture.Job, RequestId = "1" },
                        headers
                    ),
                ErrorReason.InvalidArgument
            ),
            (
                async () =>
                    await client.GetRunAsync(new GetRunRequest { Name = $"{SchedulerFixture.Job}/runs/1" }, headers),
                ErrorReason.RunNotFound
            ),
            (
                async () => await client.GetJobAsync(new GetJobRequest { Name = SchedulerFixture.Job }),
                ErrorReason.Unauthenticated
            ),
        ];
        foreach (var (call, reason) in refusals)
            Assert.Equal(reason, ErrorStatus.FromRpcException(await Assert.ThrowsAsync<RpcException>(call))!.Reason);
    }
}

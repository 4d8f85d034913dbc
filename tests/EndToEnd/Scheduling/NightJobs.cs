using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>Makes jobs, runs them, and waits for their ends.</summary>
internal sealed class NightJobs(NightShift night)
{
    private readonly V1.SchedulerService.SchedulerServiceClient client = new(night.Open(night.Schedulers[0]));

    /// <summary>Who works on the run of a job; nobody once it has ended.</summary>
    public static string WorkersOf(string job) =>
        $"""
            SELECT coalesce(a.worker, 'nobody yet') FROM scheduling.job_run r
            LEFT JOIN scheduling.run_attempt a ON (a.project_id, a.job_name, a.run_id, a.attempt)
                = (r.project_id, r.job_name, r.run_id, r.attempt)
            WHERE r.job_name = '{job}' AND r.end_time IS NULL
            """;

    /// <summary>A job that runs when it is told to, and its first run.</summary>
    public async Task<Run> BeginAsync(string job, JobTask task)
    {
        var request = new CreateJobRequest
        {
            Parent = NightShift.Project,
            JobId = job,
            Job = new()
            {
                Task = task,
                // A replica that dies costs an attempt.
                Policy = new() { MaxAttempts = 100, InitialBackoff = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) },
            },
        };
        await client.CreateJobAsync(request, NightShift.Options);
        var begun = await client.RunJobAsync(new() { Name = $"{NightShift.Project}/jobs/{job}" }, NightShift.Options);
        return begun.Run;
    }

    public async Task<Run> EndAsync(Run begun)
    {
        var run = begun;
        await NightShift.UntilAsync(async () =>
        {
            run = (await client.GetRunAsync(new() { Name = begun.Name }, NightShift.Options)).Run;
            return run.EndTime is not null;
        });
        return run;
    }

    /// <summary>It succeeded, once, and every attempt but the last ended with the death of its worker.</summary>
    public async Task AssertOnceAsync(Run run)
    {
        Assert.True(run.State == RunState.Succeeded, run.ToString());
        Assert.All(
            run.Attempts.SkipLast(1),
            attempt => Assert.Contains("went away", attempt.Error.Message, StringComparison.Ordinal)
        );
        Assert.Null(run.Attempts[^1].Error);
        var tokens = run.Attempts.Select(attempt => attempt.FencingToken).ToList();
        Assert.Equal(tokens.Order().Distinct(), tokens);
        var job = run.Name.Split('/')[3];
        Assert.Equal(
            ["1 1 0 0"],
            await night.ListAsync(
                $"""
                SELECT concat_ws(' ', started_count, succeeded_count, failed_count, skipped_count)
                FROM scheduling.job WHERE project_id = {night.Id.Value} AND name = '{job}'
                """
            )
        );
    }
}

using Dendrite.Benchmarks.Branching;
using Dendrite.Fixtures.Hosting;
using Dendrite.SchedulerService;
using Dendrite.SchedulerService.Runs;
using Dendrite.ServiceDefaults;
using Dendrite.Storage;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.Benchmarks.Scheduling;

/// <summary>The Scheduler service as it is, with a task that does nothing.</summary>
internal sealed class OwnScheduler(BenchmarkPlatform platform) : IContendingScheduler
{
    public string Name => "scheduler";

    // The platform's own jobs run at new year.
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Scheduler:RetentionCron"] = "0 0 1 1 *",
        ["Scheduler:Maintenance:Cron"] = "0 0 1 1 *",
        ["services:branch:grpc:0"] = "http://localhost:1",
        ["services:ingest:grpc:0"] = "http://localhost:1",
        ["Dendrite:ApiKey"] = "dk_none_00000000000000000000000000000000",
    };

    public async Task<Round> RunAsync(int jobs, TimeSpan spread, CancellationToken cancellationToken)
    {
        var watch = new RoundWatch(platform.Owner, jobs);
        var task = new EmptyTask(watch.Delays);
        await using var service = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(platform.Scheduler);
                builder.Services.AddSingleton(platform.Redis);
                builder.Services.AddSingleton<PlatformDatabase>();
                builder.AddScheduling();
                builder.Services.RemoveAll<IJobTask>();
                builder.Services.AddSingleton<IJobTask>(task);
            },
            app => app.MapDefaultEndpoints(),
            Settings
        );
        var first = TimeProvider.System.GetUtcNow() + RoundWatch.Lead;
        await AddJobsAsync(jobs, spread, first);
        var round = await watch.UntilAllRanAsync(first, cancellationToken);
        await platform.ArrangeAsync(
            "DELETE FROM scheduling.job_run; DELETE FROM scheduling.job WHERE name LIKE 'bench-%'"
        );
        return round;
    }

    /// <summary>Each with an interval of a day, whose next time is in this round.</summary>
    private Task AddJobsAsync(int jobs, TimeSpan spread, DateTimeOffset first)
    {
        var step = spread.TotalSeconds / jobs;
        return platform.ArrangeAsync(
            $$$"""
            INSERT INTO scheduling.job (project_id, name, uid, task_kind, task, schedule, schedule_time, cursor_time,
                next_time, next_run_time, create_time, update_time)
            SELECT {{{platform.ProjectId}}}, 'bench-' || i, gen_random_uuid(), 'maintenance', '{"maintenance": {}}',
                '{"interval": "86400s"}', due, due - interval '1 second', due, due, now(), now()
            FROM generate_series(0, {{{jobs - 1}}}) AS i,
                LATERAL (SELECT '{{{first:O}}}'::timestamptz + i * {{{step:R}}} * interval '1 second' AS due) d;
            ANALYZE scheduling.job
            """
        );
    }

    private sealed class EmptyTask(DelayLog delays) : IJobTask
    {
        private static readonly RunOutcome Done = new(RunState.Succeeded, "", new Dictionary<string, long>());

        public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.Maintenance;

        public Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken)
        {
            delays.Add(run.Run.Job, run.Run.ScheduledTime!.Value, TimeProvider.System.GetUtcNow());
            return Task.FromResult(Done);
        }
    }
}

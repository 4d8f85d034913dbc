using Dendrite.Benchmarks.Branching;
using Dendrite.Fixtures.Hosting;
using Dendrite.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace Dendrite.Benchmarks.Scheduling;

/// <summary>
/// Quartz alone, clustered in the same PostgreSQL, with as many threads as ours has places and the batches that its
/// documentation recommends for many triggers, and a job that does nothing.
/// </summary>
internal sealed class PlainQuartz(BenchmarkPlatform platform) : IContendingScheduler
{
    private const int Threads = 16;
    private const string Scheduler = "plain";
    private const string Template = "template";

    public string Name => "Quartz alone";

    public async Task<Round> RunAsync(int jobs, TimeSpan spread, CancellationToken cancellationToken)
    {
        var watch = new RoundWatch(platform.Owner, jobs);
        // One trigger by its own API shows how Quartz writes one down; the others are copies of it.
        await using (var template = await StartAsync(watch.Delays))
            await AddTemplateAsync(template, cancellationToken);
        var first = TimeProvider.System.GetUtcNow() + RoundWatch.Lead;
        await CopyTemplateAsync(jobs, spread, first);
        await using var running = await StartAsync(watch.Delays);
        var round = await watch.UntilAllRanAsync(first, cancellationToken);
        await platform.ArrangeAsync(
            $"""
            DELETE FROM scheduling.qrtz_triggers WHERE sched_name = '{Scheduler}';
            DELETE FROM scheduling.qrtz_job_details WHERE sched_name = '{Scheduler}'
            """
        );
        return round;
    }

    private Task<RunningService> StartAsync(DelayLog delays) =>
        RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(platform.Scheduler);
                builder.Services.AddSingleton(delays);
                builder.AddQuartz(Configure);
                builder.Services.AddQuartzHostedService(quartz => quartz.WaitForJobsToComplete = true);
            },
            app => app.MapDefaultEndpoints()
        );

    private static void Configure(IQuartzBuilder quartz)
    {
        quartz.ConfigureScheduler(scheduler =>
        {
            scheduler.InstanceName = Scheduler;
            scheduler.GenerateInstanceId = true;
            scheduler.MaxBatchSize = Threads;
        });
        quartz.UseDefaultThreadPool(Threads);
        quartz.UsePersistentStore(store =>
        {
            store.ConfigureStore(options =>
            {
                options.TablePrefix = "scheduling.qrtz_";
                options.SchemaProvisioning = SchemaProvisioning.Validate;
                options.UseBackgroundThreads = true;
                options.AcquireTriggersWithinLock = true;
            });
            store.UsePostgres(source =>
                source.DataSourceFactory = services => services.GetRequiredService<NpgsqlDataSource>()
            );
            store.UseClustering(cluster => cluster.CheckinInterval = TimeSpan.FromSeconds(10));
        });
    }

    private static async Task AddTemplateAsync(RunningService service, CancellationToken cancellationToken)
    {
        var factory = service.App.Services.GetRequiredService<ISchedulerFactory>();
        var scheduler = await factory.GetScheduler(cancellationToken);
        var job = JobBuilder.Create<EmptyJob>().WithIdentity(Template).StoreDurably().Build();
        await scheduler.AddJob(job, AddJobOptions.Replacing, cancellationToken);
        var trigger = TriggerBuilder
            .Create(TimeProvider.System)
            .WithIdentity(Template)
            .ForJob(job.Key)
            .StartAt(TimeProvider.System.GetUtcNow().AddDays(1))
            .WithSimpleSchedule(simple => simple.WithInterval(TimeSpan.FromDays(1)).RepeatForever())
            .Build();
        await scheduler.ScheduleTrigger(trigger, TriggerConflict.Replace, cancellationToken);
    }

    private Task CopyTemplateAsync(int jobs, TimeSpan spread, DateTimeOffset first)
    {
        var step = spread.Ticks / jobs;
        // -1: what is late is never a misfire, so that each runs once however late.
        return platform.ArrangeAsync(
            $"""
            CREATE TEMPORARY TABLE number ON COMMIT DROP AS
                SELECT i, 'bench-' || i AS name, {first.UtcTicks} + i * {step} AS due FROM generate_series(0, {jobs
                - 1}) i;
            INSERT INTO scheduling.qrtz_job_details
                SELECT (jsonb_populate_record(d, jsonb_build_object('job_name', n.name))).*
                FROM scheduling.qrtz_job_details d, number n WHERE d.sched_name = '{Scheduler}';
            INSERT INTO scheduling.qrtz_triggers
                SELECT (jsonb_populate_record(t, jsonb_build_object('trigger_name', n.name, 'job_name', n.name,
                    'next_fire_time', n.due, 'start_time', n.due, 'misfire_instr', -1))).*
                FROM scheduling.qrtz_triggers t, number n WHERE t.sched_name = '{Scheduler}';
            INSERT INTO scheduling.qrtz_simple_triggers
                SELECT (jsonb_populate_record(s, jsonb_build_object('trigger_name', n.name))).*
                FROM scheduling.qrtz_simple_triggers s, number n WHERE s.sched_name = '{Scheduler}';
            ANALYZE scheduling.qrtz_triggers
            """
        );
    }

    private sealed class EmptyJob(DelayLog delays) : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            var due = context.ScheduledFireTimeUtc ?? context.FireTimeUtc;
            delays.Add(context.JobDetail.Key.Name, due, TimeProvider.System.GetUtcNow());
            return ValueTask.CompletedTask;
        }
    }
}

using Dendrite.SchedulerService.Compaction;
using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Maintenance;
using Dendrite.SchedulerService.Retention;
using Dendrite.SchedulerService.Rpc;
using Dendrite.SchedulerService.Runs;
using Dendrite.ServiceDefaults.Discovery;
using Dendrite.Storage.Compaction;
using Dendrite.Storage.Garbage;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Npgsql;
using Quartz;

namespace Dendrite.SchedulerService;

/// <summary>What the service is made of: <c>Program</c> adds connections and access to it, tests their own.</summary>
internal static class SchedulerHost
{
    private const int MaxConcurrentRuns = 8;
    private const string TablePrefix = "scheduling.qrtz_";

    // A dead replica's clock is taken over within about twice this.
    private static readonly TimeSpan ClusterCheckIn = TimeSpan.FromSeconds(10);

    public static void AddScheduling(this WebApplicationBuilder builder)
    {
        builder.AddDendriteGrpcClient<BranchService.BranchServiceClient>("branch");
        builder.Services.AddOptions<SchedulerOptions>().Bind(builder.Configuration.GetSection("Scheduler"));
        builder.Services.AddSingleton<ProjectStore>();
        builder.Services.AddSingleton<JobStore>();
        builder.Services.AddSingleton<RunStore>();
        builder.Services.AddSingleton<RunLeaseStore>();
        builder.Services.AddSingleton<RunWorker>();
        builder.Services.AddSingleton<IJobTask, RetentionJobTask>();
        builder.Services.AddSingleton<IJobTask, MaintenanceJobTask>();
        builder.Services.AddSingleton<GarbageStore>();
        builder.Services.AddSingleton<CompactionStore>();
        builder.Services.AddSingleton<CompactionPass>();
        builder
            .Services.AddOptions<CompactionOptions>()
            .Bind(builder.Configuration.GetSection(CompactionOptions.Section))
            .Validate(compaction => compaction.IsValid, "Scheduler:Compaction:Settle must not be negative.")
            .ValidateOnStart();
        builder
            .Services.AddOptions<MaintenanceOptions>()
            .Bind(builder.Configuration.GetSection(MaintenanceOptions.Section))
            .Validate(
                maintenance => maintenance.IsValid,
                "Scheduler:Maintenance: times and row counts must be positive."
            )
            .ValidateOnStart();
        builder.AddQuartz(ConfigureQuartz);
        // A run that is going on may end; the host's own limit bounds the wait.
        builder.Services.AddQuartzHostedService(quartz => quartz.WaitForJobsToComplete = true);
        builder.Services.AddSingleton<JobReconciler>();
        builder.Services.AddHostedService(services => services.GetRequiredService<JobReconciler>());
    }

    public static void MapScheduling(this WebApplication app) => app.MapGrpcService<SchedulerRpc>();

    private static void ConfigureQuartz(IQuartzBuilder quartz)
    {
        quartz.ConfigureScheduler(scheduler =>
        {
            scheduler.InstanceName = "dendrite";
            scheduler.GenerateInstanceId = true;
            // On the way out runs are told: they give themselves back for another replica to go on with.
            scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
        });
        quartz.UseDefaultThreadPool(MaxConcurrentRuns);
        quartz.UsePersistentStore(store =>
        {
            store.ConfigureStore(options =>
            {
                options.TablePrefix = TablePrefix;
                // Migrations make the tables; this service may not.
                options.SchemaProvisioning = SchemaProvisioning.Validate;
                options.UseBackgroundThreads = true;
            });
            store.UsePostgres(source =>
                source.DataSourceFactory = services => services.GetRequiredService<NpgsqlDataSource>()
            );
            store.UseClustering(cluster => cluster.CheckinInterval = ClusterCheckIn);
        });
    }
}

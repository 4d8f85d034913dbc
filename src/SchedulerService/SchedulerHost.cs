using Dendrite.Access;
using Dendrite.Operations;
using Dendrite.SchedulerService.Alerts;
using Dendrite.SchedulerService.Backups;
using Dendrite.SchedulerService.Calendars;
using Dendrite.SchedulerService.Care;
using Dendrite.SchedulerService.Compaction;
using Dendrite.SchedulerService.Engine;
using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Maintenance;
using Dendrite.SchedulerService.Outbound;
using Dendrite.SchedulerService.Retention;
using Dendrite.SchedulerService.Rpc;
using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Sync;
using Dendrite.SchedulerService.Workflows;
using Dendrite.ServiceDefaults.Discovery;
using Dendrite.Storage.Compaction;
using Dendrite.Storage.Garbage;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Npgsql;
using Quartz;

namespace Dendrite.SchedulerService;

/// <summary>What the service is made of: <c>Program</c> adds connections and access to it, tests their own.</summary>
internal static class SchedulerHost
{
    /// <summary>Quartz only wakes the engine, which is done at once.</summary>
    private const int WakeThreads = 1;

    private const string TablePrefix = "scheduling.qrtz_";

    // A dead replica's clock is taken over within about twice this.
    private static readonly TimeSpan ClusterCheckIn = TimeSpan.FromSeconds(10);

    public static void AddScheduling(this WebApplicationBuilder builder)
    {
        builder.AddDendriteGrpcClient<BranchService.BranchServiceClient>("branch");
        AddStores(builder.Services);
        AddEngine(builder);
        builder.AddOutbound();
        builder.AddRetention();
        builder.AddAlerts();
        builder.AddCare();
        builder.AddSync();
        builder.Services.AddSingleton<IJobTask, RetentionJobTask>();
        builder.Services.AddSingleton<IJobTask, MaintenanceJobTask>();
        builder.Services.AddSingleton<GarbageStore>();
        builder.Services.AddSingleton<RequestExpiryStore>();
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
            .Validate(
                maintenance => maintenance.RemembersLongEnough,
                "Scheduler:Maintenance:RequestRetention must be at least 1 day and at most 36,500."
            )
            .ValidateOnStart();
        builder.AddOperations();
        builder.AddBackups();
        builder.AddWorkflows();
    }

    public static void MapScheduling(this WebApplication app)
    {
        app.MapGrpcService<SchedulerRpc>();
        app.MapGrpcService<CalendarRpc>();
        app.MapRetention();
        app.MapBackups();
        app.MapAlerts();
        app.MapCare();
        app.MapSync();
        app.MapWorkflows();
    }

    private static void AddStores(IServiceCollection services)
    {
        services.AddSingleton<ProjectStore>();
        services.AddSingleton<ReachedProjects>();
        services.AddSingleton<JobStore>();
        services.AddSingleton<JobWriter>();
        services.AddSingleton<CalendarStore>();
        services.AddSingleton<DueStore>();
        services.AddSingleton<RunStore>();
        services.AddSingleton<RunQueue>();
        services.AddSingleton<SetBackStore>();
        services.AddSingleton<RunLeaseStore>();
        services.AddSingleton<RunJournalStore>();
        services.AddSingleton<SchedulerHealthStore>();
    }

    private static void AddEngine(WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<SchedulerOptions>()
            .Bind(builder.Configuration.GetSection("Scheduler"))
            .Validate(options => options.IsValid, "Scheduler: times and counts must be positive.")
            .ValidateOnStart();
        builder.Services.AddSingleton<RunIds>();
        builder.Services.AddSingleton<ActiveRuns>();
        builder.Services.AddSingleton(services => new RunRetries(
            new Random(HashCode.Combine(Environment.MachineName, Environment.ProcessId))
        ));
        builder.Services.AddSingleton<RunServices>();
        builder.Services.AddSingleton<RunWorker>();
        builder.Services.AddSingleton<PlatformJobs>();
        builder.Services.AddSingleton<JobInput>();
        builder.Services.AddSingleton<JobRpcStores>();
        builder.Services.AddSingleton<RunRequests>();
        builder.Services.AddSingleton<JobAdvancer>();
        builder.Services.AddSingleton<EngineStores>();
        builder.Services.AddSingleton<JobEngine>();
        builder.Services.AddSingleton<EngineWake>();
        builder.AddQuartz(ConfigureQuartz);
        builder.Services.AddQuartzHostedService(quartz => quartz.WaitForJobsToComplete = true);
        builder.Services.AddHostedService<EngineService>();
        builder.Services.AddHostedService<ProjectKeeper>();
    }

    private static void ConfigureQuartz(IQuartzBuilder quartz)
    {
        quartz.ConfigureScheduler(scheduler =>
        {
            scheduler.InstanceName = "dendrite";
            scheduler.GenerateInstanceId = true;
        });
        quartz.UseDefaultThreadPool(WakeThreads);
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

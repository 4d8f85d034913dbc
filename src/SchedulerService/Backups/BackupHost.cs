using Dendrite.Backups.Stores;
using Dendrite.Operations;
using Dendrite.SchedulerService.Backups.Checking;
using Dendrite.SchedulerService.Backups.Jobs;
using Dendrite.SchedulerService.Backups.Making;
using Dendrite.SchedulerService.Backups.Plans;
using Dendrite.SchedulerService.Backups.Restoring;
using Dendrite.SchedulerService.Backups.Sweeping;
using Dendrite.SchedulerService.Runs;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.ServiceDefaults.Discovery;
using Dendrite.Storage.Backups;
using Dendrite.Storage.History;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Backups;

/// <summary>What backups consist of.</summary>
internal static class BackupHost
{
    public static void AddBackups(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services
            .AddOptions<BackupOptions>()
            .Bind(builder.Configuration.GetSection(BackupOptions.Section))
            .Validate(
                options => options.Stores.All(store => store.Value.FindProblem() is null),
                "Backups:Stores: each needs an absolute Folder, or a Bucket with both or neither of AccessKey and "
                    + "SecretKey; see docs/backups.md."
            )
            .ValidateOnStart();
        services
            .AddOptions<BackupCleaningOptions>()
            .Bind(builder.Configuration.GetSection(BackupCleaningOptions.Section))
            .Validate(cleaning => cleaning.Interval > TimeSpan.Zero, "Backups:Cleaning:Interval must be positive.")
            .ValidateOnStart();
        // A restore makes branches and tags: whoever keeps copies of them is told.
        services.AddHotMetadata();
        builder.AddDendriteGrpcClient<TagService.TagServiceClient>("branch");
        services.AddSingleton(provider => new StoreCatalog(
            provider.GetRequiredService<IOptions<BackupOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()
        ));
        AddStores(services);
        services.AddSingleton<BackupPlanInput>();
        services.AddSingleton<ItemSelector>();
        services.AddSingleton<TimelineExporter>();
        services.AddSingleton<RestoreEngine>();
        services.AddSingleton<IOperationTask, BackupTask>();
        services.AddSingleton<IOperationTask, CheckTask>();
        services.AddSingleton<IOperationTask, RestoreTask>();
        services.AddSingleton<IOperationTask, DrillTask>();
        services.AddSingleton<OperationRun>();
        services.AddSingleton<IJobTask, BackupJobTask>();
        services.AddSingleton<IJobTask, RestoreDrillJobTask>();
        services.AddSingleton<BackupSweeper>();
        services.AddSingleton<BackupCleaner>();
        services.AddHostedService(provider => provider.GetRequiredService<BackupCleaner>());
    }

    public static void MapBackups(this WebApplication app) => app.MapGrpcService<BackupRpc>();

    private static void AddStores(IServiceCollection services)
    {
        services.AddSingleton<BackupPlanStore>();
        services.AddSingleton<BackupStore>();
        services.AddSingleton<BackupSweepStore>();
        services.AddSingleton<BackupHolds>();
        services.AddSingleton<BackupReader>();
        services.AddSingleton<BackupBlockReader>();
        services.AddSingleton<ContentDigester>();
        services.AddSingleton<RestoreStore>();
        services.AddSingleton<RestoredNumbers>();
        services.AddSingleton<CommitDigests>();
    }
}

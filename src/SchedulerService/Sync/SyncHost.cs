using Dendrite.Operations;
using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.SchedulerService.Sync.Rpc;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.ServiceDefaults.Discovery;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dendrite.SchedulerService.Sync;

/// <summary>What syncs consist of.</summary>
internal static class SyncHost
{
    public static void AddSync(this WebApplicationBuilder builder)
    {
        builder.AddDendriteGrpcClient<DatasetService.DatasetServiceClient>("ingest");
        builder.AddDendriteGrpcClient<RecordService.RecordServiceClient>("ingest");
        builder
            .Services.AddOptions<SyncOptions>()
            .Bind(builder.Configuration.GetSection(SyncOptions.Section))
            .Validate(sync => sync.IsValid, $"{SyncOptions.Section}: times and sizes must be positive.")
            .ValidateOnStart();
        builder.Services.TryAddSingleton<BranchStore>();
        builder.Services.AddSingleton<SyncSourceStore>();
        builder.Services.AddSingleton<SyncProgressStore>();
        builder.Services.AddSingleton<DeadLetterStore>();
        builder.Services.AddSingleton<HttpFetcher>();
        builder.Services.AddSingleton<OriginFactory>();
        builder.Services.AddSingleton<SyncFactory>();
        builder.Services.AddSingleton<SyncPull>();
        builder.Services.AddSingleton<SyncBackfill>();
        builder.Services.AddSingleton<SyncPreview>();
        builder.Services.AddSingleton<SyncReplay>();
        builder.Services.AddSingleton<OriginInput>();
        builder.Services.AddSingleton<SyncSourceInput>();
        builder.Services.AddSingleton<SyncRequests>();
        builder.Services.AddSingleton<IOperationTask, BackfillOperation>();
        builder.Services.AddSingleton<IJobTask, SyncJobTask>();
    }

    public static void MapSync(this WebApplication app) => app.MapGrpcService<SyncRpc>();
}

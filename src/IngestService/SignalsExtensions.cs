using Dendrite.Access;
using Dendrite.IngestService.Append;
using Dendrite.IngestService.Changes;
using Dendrite.IngestService.Query;
using Dendrite.IngestService.Query.Lists;
using Dendrite.IngestService.Query.Overview;
using Dendrite.IngestService.Query.Statistics;
using Dendrite.IngestService.Query.Tail;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.ServiceDefaults.Draining;
using Dendrite.Storage;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Signals;
using Microsoft.Extensions.Options;

namespace Dendrite.IngestService;

/// <summary>What the service is made of: <c>Program</c> adds connections and access to it, tests their own.</summary>
public static class SignalsExtensions
{
    private const int SmallestBlockLimit = 64 << 10;
    private const int LargestBlockLimit = (3 << 20) + (512 << 10);

    public static void AddSignals(this WebApplicationBuilder builder)
    {
        AddOptions(builder);
        AddStores(builder.Services);
        AddAppend(builder.Services);
        AddChanges(builder.Services);
        builder.Services.AddSingleton<BranchDirectory>();
        builder.Services.AddSingleton<SamplePartReader>();
        builder.Services.AddSingleton<StreamTimes>();
        builder.Services.AddSingleton<SampleReader>();
        builder.Services.AddSingleton<OverviewReader>();
        builder.Services.AddSingleton<StatisticsReader>();
        builder.Services.AddSingleton<StreamLists>();
        builder.Services.AddSingleton<StreamEventLists>();
        builder.AddTails();
    }

    public static void MapSignals(this WebApplication app)
    {
        app.MapGrpcService<IngestRpc>();
        app.MapGrpcService<QueryRpc>();
    }

    private static void AddOptions(WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<IngestOptions>()
            .Bind(builder.Configuration.GetSection("Ingest"))
            .Validate(
                options => options.MaxBlockBytes is >= SmallestBlockLimit and <= LargestBlockLimit,
                "Ingest:MaxBlockBytes must be between 64 KiB and 3.5 MiB."
            )
            .Validate(
                options => options.IdleTimeout > TimeSpan.Zero && options.IdleTimeout < WriterStore.Hold,
                $"Ingest:IdleTimeout must be positive and less than {WriterStore.Hold}, the hold of a stream."
            )
            .Validate(
                options => options.MaxReorderDelay > TimeSpan.Zero,
                "Ingest:MaxReorderDelay must be positive: how long a block waits for one that it overtook."
            )
            .ValidateOnStart();
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<IngestOptions>>().Value);
    }

    private static void AddStores(IServiceCollection services)
    {
        services.AddSingleton<PlatformDatabase>();
        services.AddSingleton<ProjectStore>();
        services.AddSingleton<ReachedProjects>();
        services.AddHotMetadata();
        services.AddSingleton<SignalStreamStore>();
        services.AddSingleton<WriterStore>();
        services.AddSingleton<AppendStore>();
        services.AddSingleton<BlockStore>();
        services.AddSingleton<GapStore>();
        services.AddSingleton<MaskStore>();
        services.AddSingleton<TimeAnchorStore>();
        services.AddSingleton<AnnotationStore>();
    }

    private static void AddChanges(IServiceCollection services)
    {
        services.AddSingleton<DivergedRows>();
        services.AddSingleton<StreamChanges>();
        services.AddSingleton<StreamEditor>();
        services.AddSingleton<AnnotationEditor>();
        services.AddSingleton<SampleMasker>();
    }

    private static void AddAppend(IServiceCollection services)
    {
        services.AddSingleton<Committers>();
        services.AddSingleton<BlockVerifier>();
        services.AddSingleton<DuplicateCheck>();
        services.AddSingleton<StreamOpener>();
        services.AddSingleton<StreamCreator>();
        services.AddSingleton<BatchAppender>();
        services.AddSingleton(provider => new AppendParts(
            provider.GetRequiredService<StreamOpener>(),
            provider.GetRequiredService<Committers>(),
            provider.GetRequiredService<BlockVerifier>(),
            provider.GetRequiredService<DuplicateCheck>(),
            provider.GetRequiredService<IngestOptions>()
        )
        {
            Time = provider.GetRequiredService<TimeProvider>(),
            Draining = provider.GetRequiredService<DrainState>().Draining,
        });
    }
}

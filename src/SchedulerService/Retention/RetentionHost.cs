using Dendrite.Storage.Retention;

namespace Dendrite.SchedulerService.Retention;

/// <summary>What retention is made of.</summary>
internal static class RetentionHost
{
    public static void AddRetention(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<RetentionDefaults>()
            .Bind(builder.Configuration.GetSection(RetentionDefaults.Section))
            .Validate(
                defaults => defaults.IsValid,
                "Scheduler:Retention: times to keep must be from a minute to 36,500 days, PurgeAfter to 3,650, and "
                    + "WarnBefore above 0 and shorter than CompletedKeep and TaggedKeep."
            )
            .ValidateOnStart();
        builder.Services.AddSingleton<RetentionPolicyStore>();
        builder.Services.AddSingleton<RetentionNoticeStore>();
        builder.Services.AddSingleton<RetentionDeletionStore>();
        builder.Services.AddSingleton<BranchUseStore>();
        builder.Services.AddSingleton<RunBranchStore>();
        builder.Services.AddSingleton<RetentionScan>();
        builder.Services.AddSingleton<RetentionFilters>();
        builder.Services.AddSingleton<RetentionBreadth>();
        builder.Services.AddSingleton<FreeableSpace>();
        builder.Services.AddSingleton<RetentionPreview>();
        builder.Services.AddSingleton<RetentionProjects>();
        builder.Services.AddSingleton<RetentionWork>();
    }

    public static void MapRetention(this WebApplication app) => app.MapGrpcService<RetentionRpc>();
}

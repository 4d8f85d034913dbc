using Dendrite.Access;
using Dendrite.ComparisonService.Snapshots;
using Dendrite.ComparisonService.Streams;
using Dendrite.ServiceDefaults;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Snapshots;

namespace Dendrite.ComparisonService;

/// <summary>The service put together: what <c>Program</c> runs, and tests in their own process.</summary>
public static class ComparisonHost
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults();
        builder.AddPlatformConnections();
        builder.AddAccess();
        builder.Services.AddSingleton<ProjectStore>();
        builder.Services.AddSingleton<SnapshotReader>();
        builder.Services.AddSingleton<StreamDiffStore>();
        builder.Services.AddSingleton<ComparandResolver>();
        builder.Services.AddSingleton<StreamDiffer>();

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGrpcService<ComparisonRpc>();
        return app;
    }
}

using Dendrite.ComparisonService.Operations;
using Dendrite.ComparisonService.Snapshots;
using Dendrite.ComparisonService.Streams;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Snapshots;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dendrite.ComparisonService;

/// <summary>What the service is made of: <c>Program</c> adds connections and access to it, tests their own.</summary>
public static class ComparisonHost
{
    public static void AddComparison(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<PlatformDatabase>();
        builder.Services.AddSingleton<ProjectStore>();
        builder.Services.AddHotMetadata();
        builder.Services.AddSingleton<SnapshotAligner>();
        builder.Services.AddSingleton<StreamDiffStore>();
        builder.Services.AddSingleton<ComparandResolver>();
        builder.Services.AddSingleton<StreamDiffer>();
        builder.AddOperations();
    }

    public static void MapComparison(this WebApplication app)
    {
        app.MapGrpcService<ComparisonRpc>();
        app.MapOperations();
    }
}

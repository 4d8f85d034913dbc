using Dendrite.Access;
using Dendrite.ComparisonService.Experiments;
using Dendrite.ComparisonService.Export;
using Dendrite.ComparisonService.Quality;
using Dendrite.ComparisonService.Records;
using Dendrite.ComparisonService.Reports;
using Dendrite.ComparisonService.Snapshots;
using Dendrite.ComparisonService.Streams;
using Dendrite.Operations;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
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
        builder.Services.AddSingleton<ReachedProjects>();
        builder.Services.AddHotMetadata();
        builder.Services.AddSingleton<SnapshotAligner>();
        builder.Services.AddSingleton<StreamDiffStore>();
        builder.Services.AddSingleton<StreamNoteStore>();
        builder.Services.AddSingleton<ComparandResolver>();
        builder.Services.AddSingleton<BlockStore>();
        builder.Services.AddSingleton<MaskStore>();
        builder.Services.AddSingleton<StreamRanges>();
        builder.Services.AddSingleton<SampleComparer>();
        builder.Services.AddSingleton<StreamDiffer>();
        builder.Services.AddSingleton<StreamDifferences>();
        builder.Services.AddSingleton<ComparisonOpener>();
        builder.Services.AddSingleton<RecordDiffStore>();
        builder.Services.AddSingleton<RecordReader>();
        builder.Services.AddSingleton<DatasetStore>();
        builder.Services.AddSingleton<RecordDiffer>();
        builder.Services.AddSingleton<RecordDifferences>();
        builder.Services.AddSingleton<DatasetDiffer>();
        builder.Services.AddSingleton<DiffExporter>();
        builder.AddOperations();
        builder.AddExperiments();
        builder.AddReports();
        builder.AddQuality();
    }

    public static void MapComparison(this WebApplication app)
    {
        app.MapGrpcService<ComparisonRpc>();
        app.MapOperations();
        app.MapExperiments();
        app.MapReports();
        app.MapQuality();
    }
}

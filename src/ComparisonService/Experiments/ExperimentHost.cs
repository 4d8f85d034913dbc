using Dendrite.ComparisonService.Similarity;
using Dendrite.Operations;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>What comparing experiments consists of.</summary>
internal static class ExperimentHost
{
    public static void AddExperiments(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<ExperimentOptions>()
            .Bind(builder.Configuration.GetSection(ExperimentOptions.Section));
        builder.Services.AddSingleton<SignalStreamStore>();
        builder.Services.AddSingleton<BlockStore>();
        builder.Services.AddSingleton<TimeAnchorStore>();
        builder.Services.AddSingleton<KeptStates>();
        builder.Services.AddSingleton<ExperimentSettler>();
        builder.Services.AddSingleton<ExperimentComparer>();
        builder.Services.AddSingleton<IOperationTask, ExperimentTask>();
        builder.Services.AddSingleton<WindowShapeStore>();
        builder.Services.AddSingleton<SimilarWindows>();
    }

    public static void MapExperiments(this WebApplication app) => app.MapGrpcService<ExperimentRpc>();
}

using Dendrite.Checks.Assertions;
using Dendrite.Checks.Quality;
using Dendrite.ComparisonService.Sampling;
using Dendrite.Operations;
using Dendrite.Storage.Quality;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dendrite.ComparisonService.Quality;

/// <summary>What quality checks consist of.</summary>
internal static class QualityHost
{
    public static void AddQuality(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<SignalStreamStore>();
        builder.Services.TryAddSingleton<BlockStore>();
        builder.Services.TryAddSingleton<TimeAnchorStore>();
        builder.Services.TryAddSingleton<SampleRunReader>();
        builder.Services.TryAddSingleton<KeptStates>();
        builder.Services.AddSingleton<QualityCheckStore>();
        builder.Services.AddSingleton<QualityResultStore>();
        builder.Services.AddSingleton<RateMeter>();
        builder.Services.AddSingleton<StreamQuality>();
        builder.AddAssertionChecks();
        builder.Services.AddSingleton<RecordQuality>();
        builder.Services.AddSingleton<SqlQuality>();
        builder.Services.AddSingleton<RecordChecks>();
        builder.Services.AddSingleton<IOperationTask, QualityTask>();
    }

    public static void MapQuality(this WebApplication app) => app.MapGrpcService<QualityRpc>();
}

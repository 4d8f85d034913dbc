using Dendrite.ComparisonService.Reports.Traces;
using Dendrite.Operations;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Reports;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dendrite.ComparisonService.Reports;

/// <summary>What reports are made of.</summary>
internal static class ReportHost
{
    public static void AddReports(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<CommitStore>();
        builder.Services.AddSingleton<ReportStore>();
        builder.Services.AddSingleton<ReportDocumentStore>();
        builder.Services.AddSingleton<ReportSettler>();
        builder.Services.AddSingleton<ReportComposer>();
        builder.Services.AddSingleton<TraceReader>();
        builder.Services.AddSingleton<IOperationTask, ReportTask>();
    }

    public static void MapReports(this WebApplication app) => app.MapGrpcService<ReportRpc>();
}

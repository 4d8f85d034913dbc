using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Reports;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.ComparisonService.Reports;

/// <summary>Answers <c>dendrite.v1.ReportService</c>. Reports are made by <see cref="ReportTask"/>.</summary>
public sealed partial class ReportRpc(
    ReachedProjects projects,
    ComparisonOpener opener,
    ReportSettler settler,
    OperationStarter starter,
    ReportStore store,
    ReportDocumentStore documents,
    ILogger<ReportRpc> logger
) : ReportService.ReportServiceBase
{
    public override async Task<CreateReportResponse> CreateReport(
        CreateReportRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var asked = ReportRequest.Read(request);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Parent);
        var token = context.CancellationToken;
        var project = new WorkProject(await projects.ReachAsync(context, parent.Project), parent);
        // Before heads are read: they may have moved since the first time.
        if (await starter.FindAsync(project, mutation, token) is { } again)
        {
            return new() { Operation = again };
        }

        var comparison = await opener.OpenAsync(request.Parent, request.Comparand, context);
        var settled = await settler.SettleAsync(asked, comparison, token);
        var work = ReportRequest.ToWork(settled, mutation.Actor);
        return new() { Operation = await starter.StartAsync(project, work, mutation, token) };
    }

    public override async Task<GetReportResponse> GetReport(GetReportRequest request, ServerCallContext context)
    {
        var (name, project) = await FindProjectAsync(request.Name, context);
        var report = await store.GetAsync(project.Id, name.Report, context.CancellationToken);
        return new() { Report = ReportMapper.ToMessage(name.Project, report) };
    }

    public override async Task<ListReportsResponse> ListReports(ListReportsRequest request, ServerCallContext context)
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = [nameof(ListReports), request.Parent, request.Filter];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var filter = ReportFilter.Read(request.Filter, parent);
        var after = TimedPlace.Parse(page.Place);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await store.ListAsync(project, filter, after, page.Limit, context.CancellationToken);
        return new()
        {
            Reports = { page.Of(found).Select(report => ReportMapper.ToMessage(parent.Project, report)) },
            NextPageToken = page.TokenAfter(found, last => $"{new TimedPlace(last.CreateTime, last.Id)}"),
        };
    }

    /// <summary>A part at a time: no more of a document than a part is in memory.</summary>
    public override async Task ReadReport(
        ReadReportRequest request,
        IServerStreamWriter<ReadReportResponse> responseStream,
        ServerCallContext context
    )
    {
        var form = ReportMapper.ToForm(request.Format);
        var (name, project) = await FindProjectAsync(request.Name, context);
        await store.GetAsync(project.Id, name.Report, context.CancellationToken);
        var parts = documents.ReadAsync(project.Id, name.Report, form, context.CancellationToken);
        await foreach (var part in parts)
        {
            var message = new ReadReportResponse { Data = UnsafeByteOperations.UnsafeWrap(part) };
            await responseStream.WriteAsync(message, context.CancellationToken);
        }
    }

    public override async Task<DeleteReportResponse> DeleteReport(
        DeleteReportRequest request,
        ServerCallContext context
    )
    {
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var (name, project) = await FindProjectAsync(request.Name, context);
        var deletion = store.DeleteAsync(project.Id, name.Report, mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.ReportNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }

    private async Task<(ReportName Name, WorkProject Project)> FindProjectAsync(
        string report,
        ServerCallContext context
    )
    {
        var name = ReportName.Parse(report);
        return (name, new(await projects.ReachAsync(context, name.Project), name.Parent));
    }
}

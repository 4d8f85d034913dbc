using System.Globalization;
using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Reports;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.ComparisonService.Reports;

/// <summary>Answers <c>dendrite.v1.ReportService</c>. Reports are made by <see cref="ReportTask"/>.</summary>
public sealed partial class ReportRpc(
    ProjectStore projects,
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
        context.GetCaller().Require(parent.Project);
        var asked = ReportRequest.Read(request);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Parent);
        var token = context.CancellationToken;
        var project = new WorkProject((await projects.GetAsync(parent.Project, token)).Id, parent);
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
        context.GetCaller().Require(parent.Project);
        var size = PageSize.Resolve(request.PageSize);
        var filter = ReportFilter.Read(request.Filter, parent);
        string[] identity = [nameof(ListReports), request.Parent, request.Filter];
        var after = ReadPlace(PageToken.Decode(request.PageToken, identity));
        var project = (await projects.GetAsync(parent.Project, context.CancellationToken)).Id;
        var page = await store.ListAsync(project, filter, after, size + 1, context.CancellationToken);
        var response = new ListReportsResponse
        {
            Reports = { page.Take(size).Select(report => ReportMapper.ToMessage(parent.Project, report)) },
        };
        if (page.Count > size)
        {
            response.NextPageToken = PageToken.Encode(ShowPlace(page[size - 1]), identity);
        }

        return response;
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
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var (name, project) = await FindProjectAsync(request.Name, context);
        try
        {
            await store.DeleteAsync(project.Id, name.Report, mutation, context.CancellationToken);
            LogDeleted(logger, request.Name, mutation.Actor);
        }
        catch (DendriteException missing) when (missing.Reason == ErrorReason.ReportNotFound && request.AllowMissing)
        {
            // The caller wants it gone, and it is.
        }

        return new();
    }

    private async Task<(ReportName Name, WorkProject Project)> FindProjectAsync(
        string report,
        ServerCallContext context
    )
    {
        var name = ReportName.Parse(report);
        context.GetCaller().Require(name.Project);
        var project = await projects.GetAsync(name.Project, context.CancellationToken);
        return (name, new(project.Id, name.Parent));
    }

    private static string ShowPlace(ReportRecord report) =>
        string.Create(CultureInfo.InvariantCulture, $"{report.CreateTime.UtcTicks} {report.Id}");

    private static ReportPlace? ReadPlace(string? token) =>
        token?.Split(' ') is [var ticks, var id]
            ? new(new(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero), id)
            : null;
}

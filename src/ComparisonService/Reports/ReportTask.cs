using Dendrite.Contracts.Names;
using Dendrite.Operations;
using Dendrite.Reports.Document;
using Dendrite.Reports.Html;
using Dendrite.Reports.Json;
using Dendrite.Reports.Markdown;
using Dendrite.Storage.Reports;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Reports;

/// <summary>
/// Makes a report. Its id is that of the operation: begun again after a crash, it finds the one that is there.
/// </summary>
internal sealed class ReportTask(ReportComposer composer, ReportDocumentStore documents) : IOperationTask
{
    public string Method => ReportRequest.Method;

    public async Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation)
    {
        var settled = SettledReport.Read(work.ReadRequest<BytesValue>());
        var document = await composer.ComposeAsync(work, settled, cancellation);
        await work.TellAsync("writing the report", 0, null, "documents", cancellation);
        var report = new ReportRecord(work.Name.Operation, document.Title)
        {
            FromBranch = BranchName.Parse(document.Comparand.From.Branch).Branch,
            ToBranch = BranchName.Parse(document.Comparand.To.Branch).Branch,
            Comparand = document.Comparand.ToByteArray(),
            Options = document.Comparison.Options.ToByteArray(),
            Creator = work.Creator,
            CreateTime = work.CreateTime,
        };
        var stored = await documents.AddAsync(work.Project, report, Write(document), cancellation);
        return ReportMapper.ToMessage(work.ProjectName.Project, stored);
    }

    private static Dictionary<ReportForm, byte[]> Write(ReportDocument document) =>
        new()
        {
            [ReportForm.Html] = HtmlReport.Write(document),
            [ReportForm.Markdown] = MarkdownReport.Write(document),
            [ReportForm.Json] = JsonReport.Write(document),
        };
}

using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Reports;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.ComparisonService.Reports;

/// <summary>Puts a stored report on the wire.</summary>
internal static class ReportMapper
{
    public static Report ToMessage(string project, ReportRecord report)
    {
        var message = new Report
        {
            Name = new ReportName(project, report.Id).ToString(),
            DisplayName = report.DisplayName,
            Comparand = ResolvedComparand.Parser.ParseFrom(report.Comparand),
            Options = ExperimentComparisonOptions.Parser.ParseFrom(report.Options),
            Creator = report.Creator,
            CreateTime = Timestamps.Of(report.CreateTime),
        };
        foreach (var (form, digest) in report.Digests)
        {
            message.Digests[NameOf(form)] = ByteString.CopyFrom(digest);
        }

        return message;
    }

    /// <exception cref="Errors.DendriteException">INVALID_ARGUMENT.</exception>
    public static ReportForm ToForm(ReportFormat format) =>
        format switch
        {
            ReportFormat.Unspecified or ReportFormat.Html => ReportForm.Html,
            ReportFormat.Markdown => ReportForm.Markdown,
            ReportFormat.Json => ReportForm.Json,
            _ => throw Errors.DendriteException.Invalid("format", $"is {(int)format}; give HTML, MARKDOWN or JSON"),
        };

    private static string NameOf(ReportForm form) => form.ToString().ToUpperInvariant();
}

using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Reports;

/// <summary>How reports look, in text and in JSON.</summary>
internal static class ReportView
{
    public static void WriteOne(CliOutput output, Report report)
    {
        if (output.IsJson)
        {
            output.WriteMessage(report);
            return;
        }

        output.WriteLine($"name   {report.Name}");
        output.WriteLine($"title  {Shown.Brief(report.DisplayName, 200)}");
        output.WriteLine($"from   {Side(report.Comparand.From)}");
        output.WriteLine($"to     {Side(report.Comparand.To)}");
        output.WriteLine($"made   {Shown.Time(report.CreateTime)} by {report.Creator}");
        foreach (var (format, digest) in report.Digests.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"sha256 {Convert.ToHexStringLower(digest.Span)} {format.ToLowerInvariant()}");
        }
    }

    public static void WriteList(CliOutput output, ListReportsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }

        var table = new TextTable("REPORT", "FROM", "TO", "MADE", "BY", "TITLE");
        foreach (var report in list.Reports)
        {
            table.Add(
                Shown.Id(report.Name),
                Side(report.Comparand.From),
                Side(report.Comparand.To),
                Shown.Time(report.CreateTime),
                report.Creator,
                Shown.Brief(report.DisplayName, 60)
            );
        }

        table.WriteTo(output);
    }

    private static string Side(SnapshotReference side) =>
        side.Point?.PointCase == SnapshotPoint.PointOneofCase.Tag
            ? $"tag:{Shown.Id(side.Point.Tag)}"
            : $"{Shown.Id(side.Branch)}@{side.Point?.Version ?? 0}";
}

using Dendrite.Cli.Output;

namespace Dendrite.Cli.Import;

/// <summary>How an import went, for people and as JSON.</summary>
internal static class ImportView
{
    /// <summary>One recording, a line for each stream.</summary>
    public static void Write(CliOutput output, ImportReport report)
    {
        if (output.IsJson)
        {
            output.WriteJson(report, CliJson.Shapes.ImportReport);
            return;
        }
        foreach (var stream in report.Streams)
        {
            string from =
                stream.Status == ImportStatus.Resumed ? $" from sample {Figures.Count(stream.ResumedFrom)}" : "";
            output.WriteLine(
                $"{stream.Stream}: {stream.Status}{from}, {Figures.Count(stream.SampleCount, "sample")} of "
                    + Figures.Count(stream.ChannelCount, "channel")
            );
        }
        output.WriteLine(
            $"{report.Format}, {Figures.Bytes(report.FileBytes)}, "
                + $"{Figures.Count(report.AnnotationCount, "annotation")}, "
                + $"{Figures.Count(report.Warnings.Count, "warning")}, {report.Seconds:0.0} s"
        );
    }

    /// <summary>One of many recordings, on one line.</summary>
    public static string Line(BulkFile file)
    {
        string line = $"{file.Status, -16}  {Shown.Brief(file.File, MaxPathLength)}";
        if (file.Error is { } error)
        {
            return $"{line}: {error.Message}";
        }
        if (file.Report is not { } report)
        {
            return line;
        }
        string streams = string.Join(", ", report.Streams.Select(Describe));
        string warnings = report.Warnings.Count > 0 ? $", {Figures.Count(report.Warnings.Count, "warning")}" : "";
        string annotations =
            report.AnnotationCount > 0 ? $", {Figures.Count(report.AnnotationCount, "annotation")}" : "";
        return $"{line}: {report.Format}, {streams}{annotations}{warnings}";
    }

    /// <summary>The total of many; each had its line when it was done.</summary>
    public static void Write(CliOutput output, BulkReport report)
    {
        if (output.IsJson)
        {
            output.WriteJson(report, CliJson.Shapes.BulkReport);
            return;
        }
        string counts = string.Join(", ", report.Counts.Select(entry => $"{entry.Value} {entry.Key}"));
        string sent =
            report.Branch.Length > 0
                ? $"{Figures.Bytes(report.FileBytes)}, {Figures.Count(report.SampleCount, "sample")}"
                : "nothing was sent";
        output.WriteLine(
            $"{Figures.Count(report.Files.Count, "recording")}: {(counts.Length > 0 ? counts : "none")}; {sent}, "
                + $"{report.Seconds:0.0} s"
        );
    }

    private const int MaxPathLength = 500;

    private static string Describe(ImportedStream stream) =>
        $"{Shown.Id(stream.Stream)} {stream.ChannelCount} x {Figures.Count(stream.SampleCount)}";
}

using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Rule = Dendrite.V1.QualityCheck.RuleOneofCase;

namespace Dendrite.Cli.Quality;

/// <summary>How checks and what they found look.</summary>
internal static class CheckView
{
    public static void Write(CliOutput output, QualityCheck check)
    {
        if (output.IsJson)
        {
            output.WriteMessage(check);
            return;
        }

        var required = check.RequiredForMerge ? ", required for merges into protected branches" : "";
        output.WriteLine($"check {IdOf(check.Name)}: {Describe(check)}{required}");
    }

    public static void Write(CliOutput output, ListQualityChecksResponse checks)
    {
        if (output.IsJson)
        {
            output.WriteMessage(checks);
            return;
        }

        var table = new TextTable("CHECK", "STREAMS", "REQUIRED", "RULE", "TITLE");
        foreach (var check in checks.QualityChecks)
        {
            var streams = check.StreamFilter.Length > 0 ? check.StreamFilter : "all";
            var required = check.RequiredForMerge ? "by merges" : "-";
            table.Add(IdOf(check.Name), streams, required, Describe(check), check.DisplayName);
        }

        table.WriteTo(output);
    }

    /// <param name="checks">Those that say what the figures mean.</param>
    public static void Write(CliOutput output, QualityResult result, IReadOnlyCollection<QualityCheck> checks)
    {
        if (output.IsJson)
        {
            output.WriteMessage(result);
            return;
        }

        foreach (var finding in result.Findings)
        {
            output.WriteLine($"{(finding.Passed ? "holds" : "FAILS")}  {IdOf(finding.Check)}{Where(finding, checks)}");
        }

        var found = result.Findings.Count == 0 ? "There is no check." : "All checks hold.";
        output.WriteLine(result.Passed ? found : "Not all checks hold.");
    }

    public static void Write(CliOutput output, ListQualityResultsResponse results)
    {
        if (output.IsJson)
        {
            output.WriteMessage(results);
            return;
        }

        var table = new TextTable("TIME", "BRANCH", "STATE", "RESULT", "FAILED", "BY");
        foreach (var result in results.Results)
        {
            var point = result.Snapshot.Point;
            var failed = result.Findings.Where(finding => !finding.Passed).Select(finding => IdOf(finding.Check));
            table.Add(
                Shown.Time(result.CreateTime),
                IdOf(result.Snapshot.Branch),
                point.PointCase == SnapshotPoint.PointOneofCase.Tag ? IdOf(point.Tag) : $"{point.Version}",
                result.Passed ? "holds" : "fails",
                string.Join(", ", failed.Distinct()),
                result.Creator
            );
        }

        table.WriteTo(output);
        output.NoteMore(results.NextPageToken);
    }

    private static string Where(QualityFinding finding, IReadOnlyCollection<QualityCheck> checks)
    {
        var resource = finding.Resource.Length > 0 ? $"  {IdOf(finding.Resource)}" : "";
        var channel = finding.Channel.Length > 0 ? $"/{finding.Channel}" : "";
        var range = finding.Range is { } samples ? $" [{samples.StartSample}..{samples.EndSample})" : "";
        var check = checks.FirstOrDefault(check => check.Name == finding.Check);
        var value = finding is { HasValue: true, Passed: true } ? $"  {Figure(finding.Value, check)}" : "";
        return $"{resource}{channel}{range}{value}{(finding.Message.Length > 0 ? $": {finding.Message}" : "")}";
    }

    /// <summary>Of what was deleted meanwhile the number alone.</summary>
    private static string Figure(double value, QualityCheck? check) =>
        check is null ? Number(value)
        : check.RuleCase == Rule.MaxFlatDuration ? $"{Number(value)} s ({Describe(check)})"
        : $"{Number(value)} ({Describe(check)})";

    private static string Describe(QualityCheck check) =>
        check.RuleCase switch
        {
            Rule.MaxMissingRatio => $"missing at most {Number(check.MaxMissingRatio)}",
            Rule.MaxFlatDuration => $"flat for less than {Shown.Span(check.MaxFlatDuration)}",
            Rule.MaxClippedRatio => $"clipped at most {Number(check.MaxClippedRatio)}",
            Rule.LineNoise => $"line noise at {Number(check.LineNoise.FrequencyHz)} Hz at most "
                + Number(check.LineNoise.MaxPowerRatio),
            Rule.MaxRateDeviationRatio => $"rate off by at most {Number(check.MaxRateDeviationRatio)}",
            Rule.RequiredRecords =>
                $"each {check.RequiredRecords.DatasetId} has {check.RequiredRecords.RequiredDatasetId}"
                    + $" by {string.Join(", ", check.RequiredRecords.Columns)}"
                    + (
                        check.RequiredRecords.ValueColumn.Length == 0
                            ? ""
                            : $" with {check.RequiredRecords.ValueColumn} "
                    )
                    + string.Join(", ", check.RequiredRecords.RequiredValues),
            _ => check.AssertionSql,
        };

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static string IdOf(string name) => name[(name.LastIndexOf('/') + 1)..];
}

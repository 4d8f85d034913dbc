using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.Cli.Sources;

/// <summary>How sources and what they brought look.</summary>
internal static class SourceView
{
    public static void Write(CliOutput output, SyncSource source)
    {
        if (output.IsJson)
        {
            output.WriteMessage(source);
            return;
        }

        output.WriteLine($"source {IdOf(source.Name)}: {Describe(source)}{Shown.TitleAfter(source.DisplayName)}");
        output.WriteLine($"  into {source.Dataset}");
        if (source.Incremental is { ChangedField.Length: > 0 } incremental)
        {
            output.WriteLine($"  what changed by {incremental.ChangedField}");
        }

        output.WriteLine($"  last batch {Shown.TimeOrNever(source.SyncTime)}");
        if (source.Checkpoint is { } checkpoint)
        {
            output.WriteLine($"  checkpoint {JsonFormatter.Default.Format(checkpoint)}");
        }

        if (source.DeadLetterCount > 0)
        {
            output.WriteLine($"  {Figures.Count(source.DeadLetterCount, "dead letter")}");
        }
    }

    public static void Write(CliOutput output, ListSyncSourcesResponse sources)
    {
        if (output.IsJson)
        {
            output.WriteMessage(sources);
            return;
        }

        if (sources.SyncSources.Count == 0)
        {
            output.WriteLine("There is no source; make one with 'dendrite source create'.");
            return;
        }

        var table = new TextTable("SOURCE", "FROM", "INTO", "LAST BATCH", "DEAD");
        foreach (var source in sources.SyncSources)
        {
            table.Add(
                IdOf(source.Name),
                Describe(source),
                $"{PartOf(source.Dataset, 3)}/{IdOf(source.Dataset)}",
                Shown.TimeOrNever(source.SyncTime),
                source.DeadLetterCount.ToString(CultureInfo.InvariantCulture)
            );
        }

        table.WriteTo(output);
    }

    public static void Write(CliOutput output, PreviewSyncResponse preview)
    {
        if (output.IsJson)
        {
            output.WriteMessage(preview);
            return;
        }

        foreach (var record in preview.Records)
        {
            output.WriteLine(JsonFormatter.Default.Format(record));
        }

        Write(output, preview.Report, "would be");
    }

    public static void Write(CliOutput output, SyncReport report)
    {
        if (output.IsJson)
        {
            output.WriteMessage(report);
            return;
        }

        Write(output, report, "are");
    }

    public static void Write(CliOutput output, Run run)
    {
        if (output.IsJson)
        {
            output.WriteMessage(run);
            return;
        }

        output.WriteLine($"run {IdOf(run.Name)}: {run.State.ToString().ToLowerInvariant()}");
        foreach (var (figure, value) in run.Results.OrderBy(result => result.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"  {figure.Replace('_', ' ')}: {value}");
        }

        foreach (var attempt in run.Attempts.Where(attempt => attempt.Error is not null))
        {
            output.WriteLine($"  attempt {attempt.Attempt}: {attempt.Error.Message}");
        }
    }

    public static void Write(CliOutput output, ListDeadLettersResponse letters)
    {
        if (output.IsJson)
        {
            output.WriteMessage(letters);
            return;
        }

        if (letters.DeadLetters.Count == 0)
        {
            output.Note("There is no dead letter.");
        }

        foreach (var letter in letters.DeadLetters)
        {
            output.WriteLine(
                $"{letter.DeadLetterId}  {Figures.Count(letter.Attempts, "attempt")}, "
                    + $"last {Shown.TimeOrNever(letter.LastAttemptTime)}"
            );
            output.WriteLine($"  {letter.Error.Message}");
            output.WriteLine($"  {JsonFormatter.Default.Format(letter.Item)}");
        }

        output.NoteMore(letters.NextPageToken);
    }

    private static void Write(CliOutput output, SyncReport report, string verb)
    {
        output.WriteLine(
            $"{Figures.Count(report.FetchedItems, "item")}: {report.NewRecords} {verb} new, "
                + $"{report.ChangedRecords} changed, "
                + $"{report.UnchangedRecords} the same, {report.DeadLetters} not written"
        );
        var share = (100 * report.SuccessRatio).ToString("0.#", CultureInfo.InvariantCulture);
        output.WriteLine(
            $"{share} % success, {Figures.Count(report.Requests, "request")}, "
                + $"{Figures.Count(report.LastBatchItems, "item")} in the last batch"
        );
    }

    private static string Describe(SyncSource source) =>
        source.OriginCase switch
        {
            SyncSource.OriginOneofCase.Http => source.Http.Url,
            SyncSource.OriginOneofCase.Postgres => $"PostgreSQL of secret {source.Postgres.ConnectionSecret}",
            SyncSource.OriginOneofCase.Folder => $"folder {source.Folder.Path} {source.Folder.Pattern}".TrimEnd(),
            _ => "nothing",
        };

    private static string IdOf(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static string PartOf(string name, int index) => name.Split('/').ElementAtOrDefault(index) ?? "";
}

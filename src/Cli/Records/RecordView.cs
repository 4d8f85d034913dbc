using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Records;

/// <summary>Shows records and what became of writes.</summary>
internal static class RecordView
{
    /// <summary>The message in JSON mode, else the line.</summary>
    public static void Write(CliOutput output, IMessage message, string line)
    {
        if (output.IsJson)
        {
            output.WriteMessage(message);
        }
        else
        {
            output.WriteLine(line);
        }
    }

    public static void WriteOne(CliOutput output, Record record)
    {
        if (output.IsJson)
        {
            output.WriteMessage(record);
            return;
        }

        output.WriteLine($"name     {record.Name}");
        output.WriteLine($"version  {record.Version}");
        output.WriteLine("");
        var table = new TextTable();
        foreach (var (column, value) in record.Values.Fields)
        {
            table.Add(column, Shown(value));
        }

        table.WriteTo(output);
    }

    public static void WriteList(CliOutput output, QueryRecordsResponse page)
    {
        if (output.IsJson)
        {
            output.WriteMessage(page);
            return;
        }

        if (page.Records.Count == 0)
        {
            output.WriteLine("No records.");
            return;
        }

        string[] columns = [.. page.Records[0].Values.Fields.Keys];
        var table = new TextTable([.. columns, "VERSION"]);
        foreach (var record in page.Records)
        {
            table.Add([.. columns.Select(column => Shown(record.Values.Fields[column])), $"{record.Version}"]);
        }

        table.WriteTo(output);
        output.NoteMore(page.NextPageToken);
    }

    public static void WriteHistory(CliOutput output, ListRecordVersionsResponse history)
    {
        if (output.IsJson)
        {
            output.WriteMessage(history);
            return;
        }

        var table = new TextTable("VERSION", "TIME", "AUTHOR", "BRANCH", "COLUMN", "FROM", "TO");
        foreach (var version in history.Versions)
        {
            var commit = version.Commit;
            string[] made =
            [
                $"{commit.Version}",
                Output.Shown.Time(commit.CommitTime),
                commit.Author,
                commit.Name.Split('/') is [_, _, _, var branch, ..] ? branch : "",
            ];
            foreach (var change in version.Changes)
            {
                table.Add([.. made, change.Column, Shown(change.From), Shown(change.To)]);
            }
        }

        table.WriteTo(output);
    }

    public static void WriteLoad(CliOutput output, LoadOpen asked, LoadRecordsResponse load)
    {
        foreach (var bad in load.BadRows)
        {
            NoteBadRow(output, bad.Line, bad.Column, bad.Problem);
        }

        var bads = Figures.Count(load.BadRowCount, "bad row");
        var isRefused = load.BadRowCount > 0 && !asked.SkipBadRows;
        var line = (isRefused, asked.ValidateOnly, load.BadRowCount) switch
        {
            (true, _, _) => $"{bads}; nothing was written",
            (_, true, 0) => "The file fits; nothing was written",
            (_, true, _) => $"{bads} would be left out; nothing was written",
            (_, _, 0) => $"{Figures.Count(load.LoadedRecords, "record")} loaded",
            _ => $"{Figures.Count(load.LoadedRecords, "record")} loaded, {bads} left out",
        };
        Write(output, load, load.Version > 0 ? $"{line}, version {load.Version}" : line);
    }

    /// <param name="line">Of the file, from 1.</param>
    /// <param name="column">Empty where the whole row is at fault.</param>
    public static void NoteBadRow(CliOutput output, long line, string column, string problem) =>
        output.Note(column.Length > 0 ? $"line {line}, {column}: {problem}" : $"line {line} {problem}");

    public static void WriteUpsert(CliOutput output, UpsertOpen asked, UpsertRecordsResponse upsert)
    {
        var gone = asked.ValidateOnly ? "to delete" : "deleted";
        var deleted = upsert.DeletedRecords > 0 ? $", {Figures.Count(upsert.DeletedRecords)} {gone}" : "";
        var version =
            upsert.Version > 0 ? $"version {upsert.Version}"
            : asked.ValidateOnly ? "nothing was written"
            : "nothing to write";
        Write(
            output,
            upsert,
            $"{Figures.Count(upsert.NewRecords)} new, {Figures.Count(upsert.ChangedRecords)} changed,"
                + $" {Figures.Count(upsert.UnchangedRecords)} the same{deleted}; {version}"
        );
    }

    // Absent is nothing, null is null.
    private static string Shown(Value? value) =>
        value?.KindCase switch
        {
            null => "",
            Value.KindOneofCase.StringValue => value.StringValue,
            Value.KindOneofCase.NullValue => "null",
            _ => value.ToString(),
        };
}

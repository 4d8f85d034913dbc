using System.Collections.Immutable;
using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Records.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Records;

/// <summary>How a file of records is written: the same options wherever one is read.</summary>
/// <param name="when">Ends the descriptions where the command does not always read one; empty where it does.</param>
internal sealed class DocumentOptions(string when = "")
{
    private readonly Option<string[]> nulls = new("--null")
    {
        Description = $"What stands for null{when}.",
        HelpName = "TEXT",
    };

    private readonly Option<string?> delimiter = new("--delimiter")
    {
        Description = $"Between fields{when}; a comma when left out, \\t for a tab.",
        HelpName = "CHARACTER",
    };

    private readonly Option<string?> encoding = new("--encoding")
    {
        Description = $"Such as windows-1252{when}; UTF-8 when left out.",
        HelpName = "NAME",
    };

    private readonly Option<string[]> map = PairsOption.Create(
        "--map",
        $"Column of a CSV file to column of the dataset{when}, where the names differ; may be given again."
    );

    public static Argument<string> FileArgument() =>
        new("FILE") { Description = "A .csv file, or .jsonl for JSON Lines." };

    public void AddTo(Command command)
    {
        command.Add(nulls);
        command.Add(delimiter);
        command.Add(encoding);
        command.Add(map);
    }

    /// <exception cref="CliException">The file has fields instead of columns, whose names are those of the dataset.
    /// </exception>
    public CsvOptions Read(Session session, string path)
    {
        var csv = new CsvOptions
        {
            // A shell gives a tab as it is only to those who know how.
            Delimiter = session.Arguments.GetValue(delimiter) is { } text
                ? text == "\\t"
                    ? "\t"
                    : text
                : "",
            Encoding = session.Arguments.GetValue(encoding) ?? "",
        };
        csv.NullValues.AddRange(session.Arguments.GetValue(nulls) ?? []);
        csv.ColumnNames.Add(PairsOption.Read(session, map));
        return csv.ColumnNames.Count == 0 || FormatOf(path) == RecordFormat.Csv
            ? csv
            : throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"--map is for CSV; each line of {path} is an object with the dataset's own names."
            );
    }

    /// <exception cref="CliException">The options say no way in which a file can be written.</exception>
    public static CsvFormat ToFormat(CsvOptions csv)
    {
        if (csv.Delimiter.Length > 1 || (csv.Delimiter.Length == 1 && !CsvFormat.IsDelimiter(csv.Delimiter[0])))
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                "--delimiter takes one character, which is no quote and no line end; \\t is a tab."
            );
        }

        return new()
        {
            Delimiter = csv.Delimiter.Length == 0 ? ',' : csv.Delimiter[0],
            Encoding =
                TextEncodings.Find(csv.Encoding)
                ?? throw new CliException(
                    ExitCode.Usage,
                    "USAGE",
                    $"--encoding {csv.Encoding} is not known here; try utf-8 or windows-1252."
                ),
            NullValues = [.. csv.NullValues],
            ColumnNames = csv.ColumnNames.ToImmutableDictionary(StringComparer.Ordinal),
        };
    }

    /// <summary>Of a file whose bytes are no text in the encoding that was said.</summary>
    public static CliException OtherEncoding(string file) =>
        new(
            ExitCode.BadData,
            "FILE_REFUSED",
            $"{file} is of another encoding: say which with --encoding, such as windows-1252."
        );

    public static RecordFormat FormatOf(string path) =>
        path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? RecordFormat.JsonLines : RecordFormat.Csv;

    /// <exception cref="CliException">There is no such file, or it may not be read.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw DefinitionFile.NotRead(path, failure);
        }
    }
}

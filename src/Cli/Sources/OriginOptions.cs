using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Sources;

/// <summary>Where a source comes from: a web server, another PostgreSQL or a folder.</summary>
internal sealed class OriginOptions
{
    private readonly Option<string?> url = FieldOptions.Text(
        "--url",
        "URL",
        "A web server; {since}, {until}, {page}, {cursor} and {limit} are filled in."
    );

    private readonly Option<HttpFormat?> format = new("--format")
    {
        Description = "Of its answers: json, jsonl or csv; json without it.",
        HelpName = "FORMAT",
        CustomParser = result =>
        {
            switch (result.Tokens[0].Value)
            {
                case "json":
                    return HttpFormat.Json;
                case "jsonl":
                    return HttpFormat.JsonLines;
                case "csv":
                    return HttpFormat.Csv;
                default:
                    result.AddError($"--format takes json, jsonl or csv, not '{result.Tokens[0].Value}'.");
                    return null;
            }
        },
    };

    private readonly Option<string[]> headers = PairsOption.Create("--header", "A header to send; may be given again.");

    private readonly Option<string[]> secretHeaders = PairsOption.Create(
        "--secret-header",
        "A header, and the name of the installation's secret that is its value; may be given again."
    );

    private readonly Option<string?> items = FieldOptions.Text(
        "--items",
        "POINTER",
        "Where in a JSON answer the items are, such as /data/items."
    );

    private readonly Option<string?> cursor = FieldOptions.Text(
        "--cursor",
        "POINTER",
        "Where in a JSON answer the next cursor is, such as /next."
    );

    private readonly Option<string?> postgres = FieldOptions.Text(
        "--postgres",
        "SECRET",
        "Another PostgreSQL: name of the installation's secret that is its connection string."
    );

    private readonly Option<string?> query = FieldOptions.Text(
        "--query",
        "SQL",
        "A SELECT; $1 is the changed value up to which everything is there."
    );

    private readonly Option<string?> queryFile = FieldOptions.Text("--query-file", "FILE", "A file with the SELECT.");

    private readonly Option<string?> folder = FieldOptions.Text(
        "--folder",
        "PATH",
        "A folder of files below the one that the installation gives the project."
    );

    private readonly Option<string?> pattern = FieldOptions.Text("--pattern", "GLOB", "Which files, such as *.csv.");

    public Option[] All =>
        [url, format, headers, secretHeaders, items, cursor, postgres, query, queryFile, folder, pattern];

    public void ApplyTo(Session session, SyncSource source, HashSet<string> paths)
    {
        RequireOne(session.Arguments);
        var before = source.Clone();
        ApplyHttp(session, source);
        ApplyPostgres(session.Arguments, source);
        ApplyFolder(session.Arguments, source);
        if (!before.Equals(source))
        {
            paths.Add(source.OriginCase.ToString().ToLowerInvariant());
        }
    }

    /// <summary>A source comes from one place; another's options would be dropped without a word.</summary>
    private void RequireOne(ParseResult arguments)
    {
        Option[][] origins =
        [
            [url, format, headers, secretHeaders, items, cursor],
            [postgres, query, queryFile],
            [folder, pattern],
        ];
        var given = origins
            .Select(options => options.FirstOrDefault(option => IsGiven(arguments, option)))
            .OfType<Option>()
            .ToList();
        if (given.Count > 1)
        {
            var names = string.Join(" and ", given.Select(option => option.Name));
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"A source comes from one of --url, --postgres and --folder: {names} exclude each other."
            );
        }

        if (IsGiven(arguments, query) && IsGiven(arguments, queryFile))
        {
            throw new CliException(ExitCode.Usage, "USAGE", "--query and --query-file exclude each other.");
        }
    }

    private static bool IsGiven(ParseResult arguments, Option option) =>
        arguments.GetResult(option) is { Implicit: false };

    private void ApplyHttp(Session session, SyncSource source)
    {
        var arguments = session.Arguments;
        var (plain, secret) = (PairsOption.Read(session, headers), PairsOption.Read(session, secretHeaders));
        var isAsked =
            arguments.GetValue(url) ?? arguments.GetValue(items) ?? arguments.GetValue(cursor) ?? (object?)null;
        if (isAsked is null && arguments.GetValue(format) is null && plain.Count + secret.Count == 0)
        {
            return;
        }

        var http = source.Http?.Clone() ?? new HttpOrigin { Format = HttpFormat.Json };
        http.Url = arguments.GetValue(url) ?? http.Url;
        http.Format = arguments.GetValue(format) ?? http.Format;
        http.ItemsPointer = arguments.GetValue(items) ?? http.ItemsPointer;
        http.CursorPointer = arguments.GetValue(cursor) ?? http.CursorPointer;
        foreach (var (name, value) in plain)
        {
            http.Headers[name] = value;
        }

        foreach (var (name, value) in secret)
        {
            http.SecretHeaders[name] = value;
        }

        source.Http = http;
    }

    private void ApplyPostgres(ParseResult arguments, SyncSource source)
    {
        var (secret, sql) = (arguments.GetValue(postgres), ReadQuery(arguments));
        if (secret is null && sql is null)
        {
            return;
        }

        var origin = source.Postgres?.Clone() ?? new PostgresOrigin();
        origin.ConnectionSecret = secret ?? origin.ConnectionSecret;
        origin.Query = sql ?? origin.Query;
        source.Postgres = origin;
    }

    private void ApplyFolder(ParseResult arguments, SyncSource source)
    {
        var (path, names) = (arguments.GetValue(folder), arguments.GetValue(pattern));
        if (path is null && names is null)
        {
            return;
        }

        var origin = source.Folder?.Clone() ?? new FolderOrigin();
        origin.Path = path ?? origin.Path;
        origin.Pattern = names ?? origin.Pattern;
        source.Folder = origin;
    }

    private string? ReadQuery(ParseResult arguments) =>
        arguments.GetValue(queryFile) is { } file ? DefinitionFile.ReadText(file) : arguments.GetValue(query);
}

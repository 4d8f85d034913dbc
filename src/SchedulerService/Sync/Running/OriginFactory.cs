using System.Security.Cryptography;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.SchedulerService.Secrets;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.V1;
using Google.Protobuf;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>Opens the origins of sources, with their secrets. Thread-safe.</summary>
internal sealed class OriginFactory(InstallationSecrets secrets, HttpFetcher fetcher, IOptions<SyncOptions> options)
{
    private const string Field = "sync_source";

    /// <param name="project">Id of the project, whose secrets and folder count.</param>
    /// <param name="use">Its requests, how many items to ask for next, and who is told of what is left out.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: a secret or the folder is not there.</exception>
    public IOrigin Open(
        string project,
        SyncSource source,
        ColumnDefinition? changedColumn,
        (SourceRequests Requests, Func<int> Limit, Action<string> Log) use
    ) =>
        source.OriginCase switch
        {
            SyncSource.OriginOneofCase.Http => new HttpOriginReader(
                HttpOf(project, source, changedColumn),
                fetcher,
                use.Requests,
                use.Limit
            ),
            SyncSource.OriginOneofCase.Postgres => new PostgresOriginReader(
                PostgresOf(project, source),
                use.Requests,
                use.Limit
            ),
            SyncSource.OriginOneofCase.Folder => new FolderOriginReader(
                FolderOf(project, source.Folder),
                options.Value,
                use.Limit,
                use.Log
            ),
            _ => throw DendriteException.Invalid($"{Field}.origin", "is missing; give http, postgres or folder"),
        };

    /// <summary>Where it is read from, in a few bytes: what changes it makes places within worthless.</summary>
    public static string DigestOf(SyncSource source)
    {
        var origin = new SyncSource(source)
        {
            Name = "",
            DisplayName = "",
            Dataset = "",
            Limits = null,
        };
        origin.Http?.Headers.Clear();
        origin.Http?.SecretHeaders.Clear();
        origin.Incremental = new() { ChangedField = source.Incremental?.ChangedField ?? "" };
        return Convert.ToHexStringLower(SHA256.HashData(origin.ToByteArray()).AsSpan(0, 8));
    }

    /// <summary>The folder of a project.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: the installation gives none.</exception>
    public string RootOf(string project) =>
        options.Value.Folder is { Length: > 0 } folder
            ? Path.Combine(folder, project)
            : throw DendriteException.Invalid(
                $"{Field}.folder",
                "this installation gives no folder for sync; whoever runs it sets Scheduler:Sync:Folder"
            );

    private FolderSource FolderOf(string project, FolderOrigin folder) =>
        new(
            RootOf(project),
            FolderPath.Check(folder.Path, $"{Field}.folder.path"),
            FolderPath.CheckPattern(folder.Pattern, $"{Field}.folder.pattern")
        );

    private PostgresSource PostgresOf(string project, SyncSource source)
    {
        var name = source.Postgres.ConnectionSecret;
        var timeout = SyncDefaults.RequestTimeout(source);
        return new(
            $"The PostgreSQL of secret '{name}'",
            () =>
                PostgresSource.Complete(
                    secrets.Get(project, name, $"{Field}.postgres.connection_secret").Reveal(),
                    timeout
                ),
            SelectText.Parse(source.Postgres.Query, $"{Field}.postgres.query"),
            source.Incremental?.ChangedField ?? ""
        );
    }

    private HttpSource HttpOf(string project, SyncSource source, ColumnDefinition? changedColumn)
    {
        var http = source.Http;
        return new(
            UrlTemplate.Parse(http.Url, $"{Field}.http.url"),
            http.Format,
            JsonPointer.Parse(http.ItemsPointer, $"{Field}.http.items_pointer"),
            http.CursorPointer.Length == 0
                ? null
                : JsonPointer.Parse(http.CursorPointer, $"{Field}.http.cursor_pointer")
        )
        {
            Headers = http.Headers,
            SecretHeaders = http.SecretHeaders.ToDictionary(
                each => each.Key,
                each => secrets.Get(project, each.Value, $"{Field}.http.secret_headers.{each.Key}")
            ),
            FirstSince = changedColumn?.Type switch
            {
                CellType.Integer or CellType.Decimal or CellType.Double => "0",
                CellType.Text => "",
                CellType.Date => "1970-01-01",
                _ => "1970-01-01T00:00:00Z",
            },
            Timeout = SyncDefaults.RequestTimeout(source),
        };
    }
}

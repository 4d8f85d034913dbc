using Dendrite.Errors;
using Dendrite.SchedulerService.Outbound;
using Dendrite.SchedulerService.Secrets;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Origin = Dendrite.V1.SyncSource.OriginOneofCase;

namespace Dendrite.SchedulerService.Sync.Rpc;

/// <summary>Checks where a source comes from: its parts, and that they fit each other. Thread-safe.</summary>
internal sealed class OriginInput(InstallationSecrets secrets, OriginFactory origins, GuardedConnector connector)
{
    private const string Field = SyncSourceInput.Field;

    public void Check(SyncSource source, string project)
    {
        switch (source.OriginCase)
        {
            case Origin.Http:
                CheckHttp(source, project);
                break;
            case Origin.Postgres:
                CheckPostgres(source, project);
                break;
            case Origin.Folder:
                origins.RootOf(project);
                FolderPath.Check(source.Folder.Path, $"{Field}.folder.path");
                FolderPath.CheckPattern(source.Folder.Pattern, $"{Field}.folder.pattern");
                break;
            default:
                throw DendriteException.Invalid($"{Field}.origin", "is missing; give http, postgres or folder");
        }
    }

    private void CheckPostgres(SyncSource source, string project)
    {
        secrets.Get(project, source.Postgres.ConnectionSecret, $"{Field}.postgres.connection_secret");
        var query = SelectText.Parse(source.Postgres.Query, $"{Field}.postgres.query");
        if (query.HasParameter && string.IsNullOrEmpty(source.Incremental?.ChangedField))
        {
            throw DendriteException.Invalid(
                $"{Field}.postgres.query",
                "has $1, the changed value, and incremental.changed_field is empty; name the field"
            );
        }
    }

    private void CheckHttp(SyncSource source, string project)
    {
        const string Path = $"{Field}.http";
        var http = source.Http;
        var url = UrlTemplate.Parse(http.Url, $"{Path}.url");
        connector.CheckLiteral(url.Server.Host, $"{Path}.url");
        if (http.Format is not (HttpFormat.Json or HttpFormat.JsonLines or HttpFormat.Csv))
        {
            throw DendriteException.Invalid($"{Path}.format", "is missing; give HTTP_FORMAT_JSON, _JSON_LINES or _CSV");
        }

        JsonPointer.Parse(http.ItemsPointer, $"{Path}.items_pointer");
        JsonPointer.Parse(http.CursorPointer, $"{Path}.cursor_pointer");
        CheckPaging(source, url);
        HeaderInput.Check(http);
        foreach (var (header, secret) in http.SecretHeaders)
        {
            var field = $"{Path}.secret_headers.{RequestFields.Excerpt(header)}";
            HeaderInput.CheckValue(secrets.Get(project, secret, field), field);
        }
    }

    private static void CheckPaging(SyncSource source, UrlTemplate url)
    {
        const string Url = $"{Field}.http.url";
        var http = source.Http;
        var isJson = http.Format == HttpFormat.Json;
        if (!isJson && http.ItemsPointer.Length > 0)
        {
            throw DendriteException.Invalid($"{Field}.http.items_pointer", "is for JSON answers; leave it out");
        }

        if (http.CursorPointer.Length > 0 && (!isJson || !url.Has(UrlTemplate.Cursor)))
        {
            throw DendriteException.Invalid(
                $"{Field}.http.cursor_pointer",
                "needs a JSON answer and {cursor} in the URL, where the cursor goes; give both or leave it out"
            );
        }

        if (url.Has(UrlTemplate.Cursor) && http.CursorPointer.Length == 0)
        {
            throw DendriteException.Invalid(
                Url,
                "has {cursor}, and cursor_pointer does not say where a cursor comes from"
            );
        }

        if (url.Has(UrlTemplate.Cursor) && url.Has(UrlTemplate.Page))
        {
            throw DendriteException.Invalid(Url, "has {cursor} and {page}; pages go by one of them");
        }

        if (url.Has(UrlTemplate.Page) && url.Has(UrlTemplate.Limit))
        {
            throw DendriteException.Invalid(
                Url,
                "has {page} and {limit}; what page 2 holds would change with the size: write the size in its place"
            );
        }

        if (
            (url.Has(UrlTemplate.Since) || url.Has(UrlTemplate.Until))
            && string.IsNullOrEmpty(source.Incremental?.ChangedField)
        )
        {
            throw DendriteException.Invalid(
                Url,
                "has {since} or {until}, and incremental.changed_field does not say which field that is of"
            );
        }
    }
}

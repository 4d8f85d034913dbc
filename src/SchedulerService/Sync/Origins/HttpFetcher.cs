using System.Net;
using System.Text.Json;
using Dendrite.SchedulerService.Outbound;
using Dendrite.V1;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>Fetches whole answers of web servers. Thread-safe.</summary>
internal sealed class HttpFetcher(OutboundHttp http, IOptions<SyncOptions> options)
{
    /// <summary>What is larger waits on disk until it is read.</summary>
    private const int MaxInMemory = 1 << 20;

    /// <summary>Fetches one page.</summary>
    /// <exception cref="BusySourceException">The server asks to be left alone for a while.</exception>
    /// <exception cref="JsonException">The answer is cut off, or does not hold what is declared.</exception>
    public async Task<HttpPage> FetchAsync(HttpSource source, Uri url, CancellationToken cancellationToken)
    {
        var isJson = source.Format == HttpFormat.Json;
        var call = new OutboundCall(HttpMethod.Get, url)
        {
            Headers = source.Headers,
            SecretHeaders = source.SecretHeaders.ToDictionary(each => each.Key, each => each.Value.Reveal()),
            SecretOrigin = source.Url.Server,
            Timeout = source.Timeout,
            MaxResponseBytes = isJson ? options.Value.MaxJsonBytes : options.Value.MaxDocumentBytes,
        };
        await using var answer = await http.SendAsync(call, cancellationToken);
        if (RefusalOf(answer) is { } refusal)
        {
            return new HttpPage(answer.Url) { Refusal = refusal };
        }

        var page = new HttpPage(answer.Url) { Format = source.Format, NextLink = NextLinkOf(source, answer) };
        if (answer.Status == HttpStatusCode.NoContent)
        {
            return page with { Items = [] };
        }

        return isJson
            ? await ReadJsonAsync(page, source, answer, cancellationToken)
            : page with
            {
                Document = await KeepAsync(answer, source.Format, cancellationToken),
            };
    }

    /// <exception cref="BusySourceException">It passes.</exception>
    private static string? RefusalOf(OutboundAnswer answer)
    {
        var status = (int)answer.Status;
        if (status is >= 200 and < 300)
        {
            return null;
        }

        var said = $"{OutboundHttp.Show(answer.Url)} answered {status} ({answer.Status})";
        if (status is 408 or 425 or 429 or >= 500)
        {
            throw new BusySourceException($"{said}.", answer.RetryAfter);
        }

        return status is 401 or 403
            ? $"{said}; name the secret that it asks for in secret_headers, and look whether it is still valid."
            : $"{said}; look at the URL of the source.";
    }

    private static string? NextLinkOf(HttpSource source, OutboundAnswer answer)
    {
        var isByLink = source.Cursor is null && answer.Headers.TryGetValues("Link", out _);
        var next = isByLink ? LinkHeader.FindNext(answer.Headers.GetValues("Link")) : null;
        // The address is kept as it was found, and called only through the guard.
        return next is not null && Uri.TryCreate(answer.Url, next, out var url) ? url.AbsoluteUri : null;
    }

    private static async Task<HttpPage> ReadJsonAsync(
        HttpPage page,
        HttpSource source,
        OutboundAnswer answer,
        CancellationToken cancellationToken
    )
    {
        var document = await JsonSerializer.DeserializeAsync<JsonElement>(
            answer.Body,
            cancellationToken: cancellationToken
        );
        var items = source.Items.Find(document) ?? throw new JsonException("The answer has nothing at items_pointer.");
        if (source.Cursor?.Find(document) is not { } cursor)
        {
            return page with { Items = ItemDocuments.OfJson(items) };
        }

        return page with
        {
            Items = ItemDocuments.OfJson(items),
            Cursor = cursor.ValueKind switch
            {
                JsonValueKind.String => cursor.GetString(),
                JsonValueKind.Number => cursor.GetRawText(),
                _ => null,
            },
        };
    }

    private async Task<Stream> KeepAsync(OutboundAnswer answer, HttpFormat format, CancellationToken cancellationToken)
    {
        var kept = new FileBufferingReadStream(
            answer.Body,
            MaxInMemory,
            options.Value.MaxDocumentBytes,
            Path.GetTempPath()
        );
        try
        {
            await kept.DrainAsync(cancellationToken);
            kept.Position = 0;
            if (format == HttpFormat.JsonLines)
            {
                ItemDocuments.RequireWhole(kept);
            }

            return kept;
        }
        catch
        {
            await kept.DisposeAsync();
            throw;
        }
    }
}

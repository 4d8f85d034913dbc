using System.Globalization;
using System.Runtime.CompilerServices;
using Dendrite.Errors;
using Dendrite.SchedulerService.Outbound;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// The pages of a web server: by cursor where a place in its answers names one, else by <c>Link</c> headers (RFC 8288),
/// else by page numbers until a page is empty, else one page. An answer is used when all of it came: half answers are
/// asked for again, and never looked into.
/// </summary>
/// <param name="limit">How many items to ask for with the next request.</param>
internal sealed class HttpOriginReader(HttpSource source, HttpFetcher fetcher, SourceRequests requests, Func<int> limit)
    : IOrigin
{
    /// <summary>A listing that is longer goes in a circle that is too wide to be seen.</summary>
    private const int MaxPages = 1_000_000;

    public async IAsyncEnumerable<SourcePage> ReadAsync(
        ListingPlace place,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var isResumed = place.Page is not null || place.Cursor is not null || place.Link is not null;
        for (var pages = 0; pages < MaxPages; pages++)
        {
            await using var answer = await AskAsync(place, isResumed && pages == 0, cancellationToken);
            var (count, last) = (0, (IReadOnlyList<SourceItem>)[]);
            await foreach (var items in answer.ReadAsync(limit, cancellationToken))
            {
                if (last.Count > 0)
                {
                    yield return new(last, Next: null);
                }

                (count, last) = (count + items.Count(item => !item.IsNone), items);
            }

            var next = NextOf(place, answer, count);
            yield return new(last, next ?? place with { Page = null, Cursor = null, Link = null, IsRead = true });
            if (next is null)
            {
                yield break;
            }

            if (next == place)
            {
                throw Circle(answer);
            }

            place = next;
        }

        throw new DendriteException(
            ErrorReason.SourceFailed,
            $"The source has more than {MaxPages} pages; narrow its URL."
        );
    }

    private async Task<HttpPage> AskAsync(ListingPlace place, bool mayBeLost, CancellationToken cancellationToken)
    {
        var url = UrlOf(place);
        var page = await requests.RunAsync(
            OutboundHttp.Show(url),
            token => fetcher.FetchAsync(source, url, token),
            cancellationToken
        );
        if (page.Refusal is not { } refusal)
        {
            return page;
        }

        await page.DisposeAsync();
        throw mayBeLost ? new PlaceLostException(refusal) : new DendriteException(ErrorReason.SourceFailed, refusal);
    }

    private Uri UrlOf(ListingPlace place) =>
        place.Link is { } link
            ? new Uri(link)
            : source.Url.Fill(
                new Dictionary<string, string>
                {
                    [UrlTemplate.Since] = place.From ?? source.FirstSince,
                    [UrlTemplate.Until] = place.Until ?? "",
                    [UrlTemplate.Page] = Number(place.Page ?? 1),
                    [UrlTemplate.Cursor] = place.Cursor ?? "",
                    [UrlTemplate.Limit] = Number(limit()),
                }
            );

    private ListingPlace? NextOf(ListingPlace place, HttpPage answer, int count)
    {
        if (source.Cursor is not null)
        {
            return answer.Cursor is { Length: > 0 } cursor ? place with { Cursor = cursor } : null;
        }

        if (answer.NextLink is { } link)
        {
            return place with { Link = link, Page = null };
        }

        // A server that has said where to go on, and now does not, is at its end.
        var isNumbered = source.Url.Has(UrlTemplate.Page) && place.Link is null;
        return isNumbered && count > 0 ? place with { Page = (place.Page ?? 1) + 1 } : null;
    }

    private static DendriteException Circle(HttpPage answer) =>
        new(
            ErrorReason.SourceFailed,
            $"{OutboundHttp.Show(answer.Url)} names itself as its next page; look at cursor_pointer."
        );

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

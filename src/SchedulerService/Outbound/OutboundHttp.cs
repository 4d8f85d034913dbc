using System.Net;
using System.Net.Sockets;
using Dendrite.Errors;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Outbound;

/// <summary>
/// Calls servers that callers of the platform named: guarded against reaching what only this machine can reach, and
/// against answers that never end or unpack to more than they are. Thread-safe.
/// </summary>
internal sealed class OutboundHttp : IDisposable
{
    private const int MaxHeaderKilobytes = 64;

    // Names are looked up again this often, however busy a connection is.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    private readonly GuardedConnector connector;
    private readonly OutboundOptions options;
    private readonly TimeProvider time;
    private readonly HttpMessageInvoker invoker;

    public OutboundHttp(GuardedConnector connector, IOptions<OutboundOptions> options, TimeProvider time)
    {
        this.connector = connector;
        this.options = options.Value;
        this.time = time;
        invoker = new HttpMessageInvoker(CreateHandler());
    }

    /// <summary>
    /// A handler for clients of others, such as one of object storage: guarded at each connection, so whatever it
    /// redirects to is judged too. Sizes and times are the client's own to bound.
    /// </summary>
    public SocketsHttpHandler CreateHandler() =>
        new()
        {
            // By ourselves, with a look at where it leads.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Brotli,
            // A proxy would resolve names out of our sight, and cookies would tie calls of projects together.
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            PooledConnectionLifetime = ConnectionLifetime,
            ConnectCallback = async (context, cancellationToken) =>
                new NetworkStream(
                    await connector.ConnectAsync(context.DnsEndPoint, cancellationToken),
                    ownsSocket: true
                ),
        };

    /// <summary>Calls, and gives the answer whatever its status is.</summary>
    /// <exception cref="DendriteException">
    /// ADDRESS_REFUSED; SOURCE_FAILED: a redirect that is not followed.
    /// </exception>
    /// <exception cref="HttpRequestException">It could not be reached, or broke off.</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public async Task<OutboundAnswer> SendAsync(OutboundCall call, CancellationToken cancellationToken)
    {
        var limit = new CallLimit(call, time, cancellationToken);
        try
        {
            var response = await FollowAsync(call, limit.Token);
            var body = await response.Content.ReadAsStreamAsync(limit.Token);
            return new OutboundAnswer(response, limit.Bound(body), limit) { RetryAfter = RetryAfterOf(response) };
        }
        catch (Exception failure)
        {
            limit.Dispose();
            if (FindRefusal(failure) is { } refusal)
            {
                throw refusal;
            }

            if (failure is OperationCanceledException && limit.IsOver)
            {
                throw limit.TimedOut(failure);
            }

            throw;
        }
    }

    public void Dispose() => invoker.Dispose();

    private async Task<HttpResponseMessage> FollowAsync(OutboundCall call, CancellationToken cancellationToken)
    {
        var url = call.Url;
        for (var redirects = 0; ; redirects++)
        {
            var response = await invoker.SendAsync(RequestOf(call, url), cancellationToken);
            if (!IsRedirect(response) || call.Content is not null)
            {
                return response;
            }

            var next = response.Headers.Location is { } location ? new Uri(url, location) : null;
            response.Dispose();
            if (ProblemOf(url, next, redirects) is { } problem)
            {
                throw new DendriteException(ErrorReason.SourceFailed, $"{Show(url)} {problem}");
            }

            url = next!;
        }
    }

    private string? ProblemOf(Uri from, Uri? to, int redirects)
    {
        if (to is null)
        {
            return "redirects without saying where to; ask whoever runs it";
        }

        if (to.Scheme != Uri.UriSchemeHttps && to.Scheme != Uri.UriSchemeHttp)
        {
            return $"redirects to the scheme '{to.Scheme}'; only http and https are followed";
        }

        if (from.Scheme == Uri.UriSchemeHttps && to.Scheme == Uri.UriSchemeHttp)
        {
            return "redirects from https to http, where anyone on the way could read along; use the final address";
        }

        return redirects >= options.MaxRedirects
            ? $"redirects more than {options.MaxRedirects} times; use the final address"
            : null;
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var said = response.Headers.RetryAfter;
        var wait = said?.Delta ?? (said?.Date - time.GetUtcNow());
        return wait is { } some && some < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static HttpRequestMessage RequestOf(OutboundCall call, Uri url)
    {
        var request = new HttpRequestMessage(call.Method, url) { Content = call.Content };
        foreach (var (name, value) in call.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (IsSameOrigin(call.SecretOrigin ?? call.Url, url))
        {
            foreach (var (name, value) in call.SecretHeaders)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    private static bool IsRedirect(HttpResponseMessage response) =>
        response.StatusCode
            is HttpStatusCode.MovedPermanently
                or HttpStatusCode.Found
                or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect
                or HttpStatusCode.PermanentRedirect;

    private static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && one.IdnHost == other.IdnHost;

    private static DendriteException? FindRefusal(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is DendriteException refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>An address for people: without its query, in which servers like to have keys.</summary>
    public static string Show(Uri url) => url.GetLeftPart(UriPartial.Path);
}

using System.Net;
using System.Net.Http.Headers;

namespace Dendrite.SchedulerService.Outbound;

/// <summary>One call to a server outside.</summary>
/// <param name="Url">An absolute http or https address.</param>
internal sealed record OutboundCall(HttpMethod Method, Uri Url)
{
    /// <summary>Headers that go to whoever answers, after redirects too.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Headers that go to <see cref="SecretOrigin"/> alone: a redirect to another server is followed without them.
    /// </summary>
    public IReadOnlyDictionary<string, string> SecretHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>For whom the secret headers are; null: for the server of <see cref="Url"/>.</summary>
    public Uri? SecretOrigin { get; init; }

    /// <summary>What is sent; null: nothing. A call with a body follows no redirect.</summary>
    public HttpContent? Content { get; init; }

    /// <summary>How long it may take from the connection to the last byte of the answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes of the answer, after it was decompressed.</summary>
    public long MaxResponseBytes { get; init; } = 64L << 20;
}

/// <summary>What a server outside answered. Dispose it, which ends the call.</summary>
internal sealed class OutboundAnswer(HttpResponseMessage response, Stream body, IDisposable limit) : IAsyncDisposable
{
    public HttpStatusCode Status => response.StatusCode;

    public HttpResponseHeaders Headers => response.Headers;

    public HttpContentHeaders ContentHeaders => response.Content.Headers;

    /// <summary>
    /// How long it asks to be left alone (<c>Retry-After</c>, in seconds or as a date); null: it does not say.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Who answered in the end, after redirects.</summary>
    public Uri Url => response.RequestMessage!.RequestUri!;

    /// <summary>
    /// Decompressed. Reading throws <see cref="Errors.DendriteException"/> (SOURCE_FAILED) beyond the bound, and
    /// <see cref="OperationCanceledException"/> when the time is up.
    /// </summary>
    public Stream Body => body;

    public async ValueTask DisposeAsync()
    {
        await body.DisposeAsync();
        response.Dispose();
        limit.Dispose();
    }
}

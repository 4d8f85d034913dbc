namespace Dendrite.Client.Connection;

/// <summary>
/// Hides from a gRPC channel what makes its connections. A channel that knows makes them itself, and after one that
/// failed refuses each call unasked until a pause is over that grows to two minutes: a platform that is back would not
/// be found for as long. So each call tries, and the pauses are those of <see cref="RetryOptions"/>.
/// </summary>
/// <remarks>It is no <see cref="DelegatingHandler"/> on purpose: a channel looks through those.</remarks>
internal sealed class DirectHandler(HttpMessageHandler inner) : HttpMessageHandler
{
    private readonly HttpMessageInvoker connections = new(inner);

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    ) => connections.SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connections.Dispose();
        }

        base.Dispose(disposing);
    }
}

using System.Net.Sockets;

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

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await connections.SendAsync(request, cancellationToken);
        }
        catch (OperationCanceledException late)
            when (late.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            // How the time for connecting ends. A channel would take it for the caller's leaving, and not for a
            // platform that is away.
            const string Problem = "The host did not answer in the time for connecting.";
            throw new HttpRequestException(
                HttpRequestError.ConnectionError,
                Problem,
                new SocketException((int)SocketError.TimedOut)
            );
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connections.Dispose();
        }

        base.Dispose(disposing);
    }
}

namespace Dendrite.ServiceDefaults.Discovery;

/// <summary>
/// Sends each call to the next replica in turn, and to another one where a connection cannot be made. Only that is
/// tried again: before there is a connection nothing of the call has left this process, so no call of any kind runs
/// twice. Replicas that could not be reached are asked last for a while.
/// </summary>
/// <remarks>
/// This is below gRPC, on the level of HTTP, because Aspire's proxies and gRPC's own channels both stick to one
/// replica. It is no <see cref="DelegatingHandler"/> on purpose: a channel looks through those for the handler that
/// connects, and makes it connect to the channel's own address only.
/// </remarks>
internal sealed class BalancingHandler(IReadOnlyList<Uri> replicas, HttpMessageHandler inner, TimeProvider time)
    : HttpMessageHandler
{
    private static readonly TimeSpan AskedLastFor = TimeSpan.FromSeconds(2);

    private readonly HttpMessageInvoker connections = new(inner);

    // When each replica last could not be reached; 0 for never.
    private readonly long[] failedAt = new long[replicas.Count];
    private uint turn;

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var path = request.RequestUri!.PathAndQuery;
        var order = Order();
        for (var i = 0; ; i++)
        {
            var replica = order[i];
            request.RequestUri = new Uri(replicas[replica], path);
            try
            {
                var response = await connections.SendAsync(request, cancellationToken);
                Interlocked.Exchange(ref failedAt[replica], 0);
                return response;
            }
            catch (Exception error) when (IsConnectFailure(error, cancellationToken))
            {
                Interlocked.Exchange(ref failedAt[replica], Math.Max(time.GetTimestamp(), 1));
                if (i == order.Length - 1)
                    throw;
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            connections.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>All replicas, the one whose turn it is first and those that just failed last.</summary>
    private int[] Order()
    {
        var first = (int)(Interlocked.Increment(ref turn) % (uint)replicas.Count);
        return Enumerable
            .Range(0, replicas.Count)
            .Select(i => (first + i) % replicas.Count)
            .OrderBy(HasJustFailed)
            .ToArray();
    }

    private bool HasJustFailed(int replica)
    {
        var failed = Interlocked.Read(ref failedAt[replica]);
        return failed != 0 && time.GetElapsedTime(failed) < AskedLastFor;
    }

    private static bool IsConnectFailure(Exception error, CancellationToken cancellationToken) =>
        error
            is HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            }
        // How SocketsHttpHandler reports that its ConnectTimeout has passed.
        || (
            error is OperationCanceledException { InnerException: TimeoutException }
            && !cancellationToken.IsCancellationRequested
        );
}

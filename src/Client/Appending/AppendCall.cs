using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.Client.Appending;

/// <summary>One <c>Append</c> call. Sends and hears side by side; whichever fails first ends both.</summary>
internal sealed class AppendCall(AsyncDuplexStreamingCall<V1.AppendRequest, V1.AppendResponse> call) : IDisposable
{
    /// <summary>How long the status of a call may take once a write has failed.</summary>
    private static readonly TimeSpan StatusPatience = TimeSpan.FromSeconds(10);

    private long acknowledged;

    /// <summary>Opens the stream.</summary>
    /// <exception cref="RpcException">The service refused, or is away.</exception>
    public async Task<V1.AppendOpened> OpenAsync(V1.AppendOpen open, CancellationToken cancellation)
    {
        await WriteOpenAsync(new() { Open = open }, cancellation);
        return (await ReadAsync(cancellation)).Opened ?? throw OutOfTurn();
    }

    /// <summary>Sends what is queued until it is complete and durable; then closes the call.</summary>
    /// <param name="queue">What to send.</param>
    /// <param name="close">What to say at the end; asked when everything was sent.</param>
    /// <param name="onAcked">Told each acknowledgement, after the queue.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<V1.AppendClosed> RunAsync(
        ISendQueue queue,
        Func<V1.AppendClose> close,
        Action<V1.AppendAcked> onAcked,
        CancellationToken cancellation
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var hearing = HearAsync(queue, onAcked, stop.Token);
        var sending = SendAsync(queue, close, stop.Token);
        var first = await Task.WhenAny(hearing, sending);
        if (first == sending && sending.IsCompletedSuccessfully)
        {
            return await hearing;
        }

        if (first == sending)
        {
            // A write that failed says that the call is over and not why: the status is on its way to the listener.
            await ((Task)hearing)
                .WaitAsync(StatusPatience, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await stop.CancelAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await hearing;
    }

    public void Dispose() => call.Dispose();

    private async Task SendAsync(ISendQueue queue, Func<V1.AppendClose> close, CancellationToken cancellation)
    {
        while (await queue.NextAsync(cancellation) is { } message)
        {
            await call.RequestStream.WriteAsync(message.Request, cancellation);
        }

        await call.RequestStream.WriteAsync(new() { Close = close() }, cancellation);
        await call.RequestStream.CompleteAsync();
    }

    private async Task<V1.AppendClosed> HearAsync(
        ISendQueue queue,
        Action<V1.AppendAcked> onAcked,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            var response = await ReadAsync(cancellation);
            switch (response.MessageCase)
            {
                case V1.AppendResponse.MessageOneofCase.Acked:
                    queue.Acknowledge(
                        (int)(response.Acked.DurableMessages - acknowledged),
                        response.Acked.ThroughSample
                    );
                    acknowledged = response.Acked.DurableMessages;
                    onAcked(response.Acked);
                    break;
                case V1.AppendResponse.MessageOneofCase.Closed:
                    return response.Closed;
                default:
                    throw OutOfTurn();
            }
        }
    }

    /// <summary>
    /// A write that fails says little: the reason is the status of the call, which nobody else reads yet.
    /// </summary>
    private async Task WriteOpenAsync(V1.AppendRequest request, CancellationToken cancellation)
    {
        try
        {
            await call.RequestStream.WriteAsync(request, cancellation);
        }
        catch (Exception failure)
            when (failure is RpcException or InvalidOperationException or IOException
                && !cancellation.IsCancellationRequested
            )
        {
            throw await ReadFailureAsync(failure, cancellation);
        }
    }

    private async Task<Exception> ReadFailureAsync(Exception failure, CancellationToken cancellation)
    {
        try
        {
            await ReadAsync(cancellation);
            return new RpcException(new(StatusCode.Unavailable, "The call broke while it was opened.", failure));
        }
        catch (RpcException status)
        {
            return status;
        }
    }

    private async Task<V1.AppendResponse> ReadAsync(CancellationToken cancellation) =>
        await call.ResponseStream.MoveNext(cancellation)
            ? call.ResponseStream.Current
            : throw new RpcException(new(StatusCode.Unavailable, "The service ended the call before it was closed."));

    private static DendriteException OutOfTurn() =>
        new(
            ErrorReason.ProtocolViolation,
            "The service answered out of turn: is the address that of the Ingest service?"
        );
}

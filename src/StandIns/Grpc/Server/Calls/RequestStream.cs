using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>The requests of a call whose client streams.</summary>
/// <remarks>
/// Problem: Kestrel uses a request's pipe again for a later call. A read that a handler left behind would wake up in
/// that call, take its messages, or find that "reading is already in progress". So a call does not end before its reads
/// have.
/// </remarks>
internal sealed class RequestStream<T>(HttpCallContext call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    private readonly RequestReader reader = new(call);
    private Task<bool> read = Task.FromResult(false);
    private bool isOver;

    public T Current { get; private set; } = null!;

    /// <summary>No more reads: the handler has returned. One that it left behind is cancelled.</summary>
    public async ValueTask CloseAsync()
    {
        isOver = true;
        if (!read.IsCompleted)
        {
            reader.CancelRead();
            await read.ContinueWith(
                _ => { },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }

    public Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }

        if (isOver)
        {
            throw new InvalidOperationException("Can't read messages after the request is complete.");
        }

        if (call.HttpContext.RequestAborted.IsCancellationRequested)
        {
            throw new CallAbandonedException("Can't read messages after the client has left.");
        }

        // The previous message is not kept alive by a stream that waits for the next.
        Current = null!;
        if (reader.TryReadNext(marshaller.ContextualDeserializer, out var message))
        {
            Current = message!;
            return Task.FromResult(true);
        }

        return read = WaitAsync(cancellationToken);
    }

    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        var message = await reader.ReadNextAsync(marshaller.ContextualDeserializer, cancellationToken);
        Current = message!;
        return message is not null;
    }
}

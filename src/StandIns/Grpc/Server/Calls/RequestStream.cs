using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>The requests of a call whose client streams.</summary>
internal sealed class RequestStream<T>(HttpCallContext call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    private readonly RequestReader reader = new(call);
    private bool isOver;

    public T Current { get; private set; } = null!;

    /// <summary>No more reads: the handler has returned.</summary>
    public void Close() => isOver = true;

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

        return WaitAsync(cancellationToken);
    }

    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        var message = await reader.ReadNextAsync(marshaller.ContextualDeserializer, cancellationToken);
        Current = message!;
        return message is not null;
    }
}

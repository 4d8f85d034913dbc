using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>The requests of a call whose client streams.</summary>
internal sealed class RequestStreamWriter<TRequest, TResponse>(HttpCall<TRequest, TResponse> call)
    : IClientStreamWriter<TRequest>,
        IRequestStreamOwner
    where TRequest : class
    where TResponse : class
{
    private readonly TaskCompletionSource<Stream?> lent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RequestSerializer serializer = new(call);
    private int writing;

    public WriteOptions? WriteOptions { get; set; } = call.Options.WriteOptions;

    public Task UseAsync(Stream stream)
    {
        lent.TrySetResult(stream);
        return completed.Task;
    }

    /// <summary>The call has ended: whoever waits here goes on.</summary>
    public void Release()
    {
        lent.TrySetResult(null);
        completed.TrySetResult();
    }

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ObjectDisposedException.ThrowIf(call.IsDisposed, call);
        if (call.Ended is { } ended)
        {
            return Task.FromException(
                ended.IsOk
                    ? new InvalidOperationException("Can't write the message because the call is complete.")
                    : call.ToException(ended)
            );
        }

        if (completed.Task.IsCompleted)
        {
            throw new InvalidOperationException("Request stream has already been completed.");
        }

        if (Interlocked.Exchange(ref writing, 1) == 1)
        {
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        }

        return WriteExclusiveAsync(message, cancellationToken);
    }

    public Task CompleteAsync()
    {
        if (Volatile.Read(ref writing) == 1)
        {
            throw new InvalidOperationException(
                "Can't complete the client stream writer because the previous write is in progress."
            );
        }

        completed.TrySetResult();
        return Task.CompletedTask;
    }

    private async Task WriteExclusiveAsync(TRequest message, CancellationToken cancellationToken)
    {
        // A message given up half-way leaves a stream that nobody can read on: the whole call ends with it.
        using var registration = cancellationToken.UnsafeRegister(static call => ((HttpCall)call!).Cancel(), call);
        try
        {
            var stream = await lent.Task;
            if (stream is null)
            {
                throw new OperationCanceledException("The call ended before the message was sent.");
            }

            var marshaller = call.TypedMethod.RequestMarshaller;
            var bytes = serializer.Serialize(message, marshaller.ContextualSerializer, WriteOptions);
            await stream.WriteAsync(bytes, call.Token);
            if ((WriteOptions?.Flags & WriteFlags.BufferHint) is not WriteFlags.BufferHint)
            {
                await stream.FlushAsync(call.Token);
            }
        }
        catch (Exception error)
        {
            throw await call.ExplainWriteAsync(error);
        }
        finally
        {
            serializer.Release();
            Volatile.Write(ref writing, 0);
        }
    }
}

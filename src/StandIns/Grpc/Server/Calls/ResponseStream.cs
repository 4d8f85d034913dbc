using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server;

/// <summary>The responses of a call: one at a time.</summary>
internal sealed class ResponseStream<T>(HttpCallContext call, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    private readonly ResponseSerializer serializer = new(call);
    private readonly HttpResponse response = call.HttpContext.Response;
    private bool isOver;
    private int writing;

    public WriteOptions? WriteOptions
    {
        get => call.WriteOptions;
        set => call.WriteOptions = value;
    }

    /// <summary>No more writes: the handler has returned.</summary>
    public void Close() => isOver = true;

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (isOver)
        {
            throw new InvalidOperationException("Can't write the message because the request is complete.");
        }

        if (call.HttpContext.RequestAborted.IsCancellationRequested)
        {
            throw new CallAbandonedException("Can't write the message because the client has left.");
        }

        if (Interlocked.Exchange(ref writing, 1) == 1)
        {
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        }

        return WriteExclusiveAsync(message, cancellationToken);
    }

    /// <summary>The only response of a call: it leaves together with the status, so it is not flushed.</summary>
    public async Task WriteSingleAsync(T message)
    {
        call.Deadline?.EnterWrite();
        try
        {
            if (!response.HasStarted)
            {
                await response.StartAsync();
            }

            serializer.Write(message, marshaller.ContextualSerializer);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            call.Server.Logger.ErrorSendingMessage(error);
            throw;
        }
        finally
        {
            call.Deadline?.ExitWrite();
        }
    }

    private async Task WriteExclusiveAsync(T message, CancellationToken cancellationToken)
    {
        // A write given up half-way leaves a stream that nobody can read on: the whole call ends with it. The call's
        // own token needs no such help: it fires when the call has ended, or at the deadline, which has its own last
        // words.
        var ending = cancellationToken == call.CancellationToken ? CancellationToken.None : cancellationToken;
        await using var registration = ending.UnsafeRegister(static call => ((HttpCallContext)call!).Cancel(), call);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            call.Deadline?.EnterWrite();
            try
            {
                await SendAsync(message, cancellationToken);
            }
            finally
            {
                call.Deadline?.ExitWrite();
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            call.Server.Logger.ErrorSendingMessage(error);
            throw;
        }
        finally
        {
            Volatile.Write(ref writing, 0);
        }
    }

    private async Task SendAsync(T message, CancellationToken cancellationToken)
    {
        if (!response.HasStarted)
        {
            await response.StartAsync(cancellationToken);
        }

        serializer.Write(message, marshaller.ContextualSerializer);
        if ((call.WriteOptions?.Flags & WriteFlags.BufferHint) is WriteFlags.BufferHint)
        {
            return;
        }

        var token = cancellationToken.CanBeCanceled || call.Deadline is null ? cancellationToken : call.Deadline.Token;
        var flushed = await response.BodyWriter.FlushAsync(token);
        if (!flushed.IsCompleted && (call.CancellationToken.IsCancellationRequested || token.IsCancellationRequested))
        {
            throw new OperationCanceledException("The call ended while a message was sent.");
        }
    }
}

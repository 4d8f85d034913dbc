using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client;

/// <summary>The responses of a call whose server streams.</summary>
internal sealed class ResponseStreamReader<TRequest, TResponse>(
    HttpCall<TRequest, TResponse> call,
    Task<HttpResponseMessage> sending
) : IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private readonly Func<DeserializationContext, TResponse> deserialize = call.TypedMethod
        .ResponseMarshaller
        .ContextualDeserializer;
    private ResponseReader? reader;
    private int reading;

    public TResponse Current { get; private set; } = null!;

    public Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(call.IsDisposed, call);
        if (Interlocked.Exchange(ref reading, 1) == 1)
        {
            throw new InvalidOperationException(
                "Can't read the next message because the previous read is still in progress."
            );
        }

        // The previous message is not kept alive by a stream that waits for the next.
        Current = null!;
        if (reader is null || cancellationToken.IsCancellationRequested || call.Ended is not null)
        {
            return ReadAsync(cancellationToken);
        }

        try
        {
            if (!reader.TryTake(deserialize, out var message))
            {
                return ReadAsync(cancellationToken);
            }

            Current = message!;
        }
        catch (Exception error)
        {
            return Task.FromException<bool>(Fail(error));
        }

        Volatile.Write(ref reading, 0);
        return Task.FromResult(true);
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(static call => ((HttpCall)call!).Cancel(), call);
        HttpResponseMessage response;
        try
        {
            response = await sending;
            if (call.Ended is not { } ended)
            {
                reader ??= new ResponseReader(call, response);
                do
                {
                    if (reader.TryTake(deserialize, out var message))
                    {
                        Current = message!;
                        Volatile.Write(ref reading, 0);
                        return true;
                    }
                } while (await reader.FillAsync(call.Token));

                ended = call.EndWithTrailers(response, reader.HasBytes ? WireError.Truncated() : null);
            }

            Close();
            return ended.IsOk ? false : throw call.ToException(ended);
        }
        catch (Exception error)
        {
            throw Fail(error);
        }
    }

    private Exception Fail(Exception error)
    {
        Close();
        return call.Explain(error);
    }

    private void Close()
    {
        reader?.Dispose();
        Volatile.Write(ref reading, 0);
    }
}

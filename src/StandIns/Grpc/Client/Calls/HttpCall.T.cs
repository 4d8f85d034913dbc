using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client;

/// <inheritdoc />
internal sealed class HttpCall<TRequest, TResponse>(
    GrpcChannel channel,
    Method<TRequest, TResponse> method,
    CallOptions options
) : HttpCall(channel, method, options)
    where TRequest : class
    where TResponse : class
{
    private RequestStreamWriter<TRequest, TResponse>? requests;
    private Task? response;

    public Method<TRequest, TResponse> TypedMethod { get; } = method;

    /// <summary>The writer of a call whose client streams; before the start.</summary>
    public RequestStreamWriter<TRequest, TResponse> OpenRequests()
    {
        requests = new RequestStreamWriter<TRequest, TResponse>(this);
        if (Ended is not null)
        {
            requests.Release();
        }

        return requests;
    }

    /// <summary>Starts the call and waits for its only response.</summary>
    public Task<TResponse> StartForOneResponse(HttpContent content)
    {
        Start(content);
        var reading = ReadOnlyResponseAsync();
        response = reading;
        return reading;
    }

    /// <summary>Starts the call; its responses are read as the caller asks for them.</summary>
    public ResponseStreamReader<TRequest, TResponse> StartForManyResponses(HttpContent content)
    {
        Start(content);
        Observe(Sending);
        return new ResponseStreamReader<TRequest, TResponse>(this, Sending);
    }

    /// <summary>
    /// The exception by which a failed write is reported. A server that ends a call early makes writes fail first, and
    /// says why in its response: so a failed write decides no outcome. Where the response is read by the call itself,
    /// it is waited for; where the caller reads it, the reason is found there.
    /// </summary>
    public async Task<Exception> ExplainWriteAsync(Exception error)
    {
        if (error is RpcException)
        {
            return error;
        }

        if (Ended is null)
        {
            await ((Task?)response ?? Sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return Ended switch
        {
            null => ToException(OutcomeOf(error)),
            { IsOk: true } => new InvalidOperationException(
                "Can't write the message because the call is complete.",
                error
            ),
            var ended => ToException(ended),
        };
    }

    protected override void ReleaseRequests() => requests?.Release();

    private static void Observe(Task task) =>
        _ = task.ContinueWith(
            static failed => _ = failed.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );

    private static RpcException? FlawOf(TResponse? message, ResponseReader reader)
    {
        if (message is not null)
        {
            return null;
        }

        return reader.HasBytes ? WireError.Truncated() : WireError.NoMessage();
    }

    private async Task<TResponse> ReadOnlyResponseAsync()
    {
        var answer = await Sending;
        Outcome ended;
        TResponse? message = null;
        try
        {
            using var reader = new ResponseReader(this, answer);
            do
            {
                if (message is null)
                {
                    reader.TryTake(TypedMethod.ResponseMarshaller.ContextualDeserializer, out message);
                }

                if (message is not null && reader.HasBytes)
                {
                    throw WireError.SecondMessage();
                }
            } while (await reader.FillAsync(Token));

            ended = EndWithTrailers(answer, FlawOf(message, reader));
        }
        catch (Exception error)
        {
            throw Explain(error);
        }

        return ended.IsOk ? message! : throw ToException(ended);
    }
}

using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client;

/// <summary>A request body of gRPC messages; its length is not known beforehand.</summary>
internal abstract class MessageContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Grpc = new(WireNames.ContentType);

    protected MessageContent() => Headers.ContentType = Grpc;

    protected abstract override Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    );

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }
}

/// <summary>A body of one message, made into bytes only when the connection takes it.</summary>
internal sealed class SingleMessageContent<TRequest, TResponse>(HttpCall<TRequest, TResponse> call, TRequest request)
    : MessageContent
    where TRequest : class
    where TResponse : class
{
    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        var serializer = new RequestSerializer(call);
        try
        {
            var marshaller = call.TypedMethod.RequestMarshaller;
            var bytes = serializer.Serialize(request, marshaller.ContextualSerializer, call.Options.WriteOptions);
            await stream.WriteAsync(bytes, cancellationToken);
        }
        catch (RpcException tooLarge)
        {
            // What is wrong with the message is the outcome, whatever the transport makes of a body that breaks off.
            throw call.Explain(tooLarge);
        }
        finally
        {
            serializer.Release();
        }
    }
}

/// <summary>A body of many messages: lends the stream to a writer until that has sent its last.</summary>
internal sealed class MessageStreamContent(IRequestStreamOwner owner) : MessageContent
{
    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        // The headers leave now: the server may answer before the first message, or there may be none.
        await stream.FlushAsync(cancellationToken);
        await owner.UseAsync(stream).WaitAsync(cancellationToken);
    }
}

/// <summary>Writes messages to a stream that it is lent.</summary>
internal interface IRequestStreamOwner
{
    /// <summary>Takes the stream; the task ends once nothing more will be written.</summary>
    Task UseAsync(Stream stream);
}

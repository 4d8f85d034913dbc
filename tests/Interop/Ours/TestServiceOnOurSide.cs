using Dendrite.Interop.Testing;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.Interop.Ours;

/// <summary>
/// The standard test service. What a request asks for (status, sizes, compression) is what it gets.
/// </summary>
internal sealed class TestServiceOnOurSide : TestService.TestServiceBase
{
    /// <summary>The name by which gRPC for .NET takes a call's response compression; it never travels.</summary>
    private const string ResponseEncoding = "grpc-internal-encoding-request";

    public override Task<Empty> EmptyCall(Empty request, ServerCallContext context) => Task.FromResult(new Empty());

    public override async Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context)
    {
        await SendHeadersAsync(context, request.ResponseCompressed?.Value ?? false);
        EndAsAsked(request.ResponseStatus);
        ExpectCompression(request.ExpectCompressed, RequestFlags(context).Next());
        context.WriteOptions = Written(request.ResponseCompressed);
        return new SimpleResponse { Payload = Payload(request.ResponseSize) };
    }

    public override async Task StreamingOutputCall(
        StreamingOutputCallRequest request,
        IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context
    )
    {
        await SendHeadersAsync(context, request.ResponseParameters.Any(each => each.Compressed?.Value ?? false));
        await SendAsync(request, responseStream, context.CancellationToken);
    }

    public override async Task<StreamingInputCallResponse> StreamingInputCall(
        IAsyncStreamReader<StreamingInputCallRequest> requestStream,
        ServerCallContext context
    )
    {
        var flags = RequestFlags(context);
        var size = 0;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            ExpectCompression(request.ExpectCompressed, flags.Next());
            size += request.Payload.Body.Length;
        }

        return new StreamingInputCallResponse { AggregatedPayloadSize = size };
    }

    public override async Task FullDuplexCall(
        IAsyncStreamReader<StreamingOutputCallRequest> requestStream,
        IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context
    )
    {
        await SendHeadersAsync(context, compressed: false);
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            EndAsAsked(request.ResponseStatus);
            await SendAsync(request, responseStream, context.CancellationToken);
        }
    }

    private static async Task SendHeadersAsync(ServerCallContext context, bool compressed)
    {
        var headers = new Metadata();
        foreach (var entry in context.RequestHeaders)
        {
            switch (entry.Key)
            {
                case InteropMetadata.InitialKey:
                    headers.Add(entry);
                    break;
                case InteropMetadata.TrailingKey:
                    context.ResponseTrailers.Add(entry);
                    break;
            }
        }

        if (compressed)
        {
            headers.Add(ResponseEncoding, "gzip");
        }

        await context.WriteResponseHeadersAsync(headers);
    }

    private static async Task SendAsync(
        StreamingOutputCallRequest request,
        IServerStreamWriter<StreamingOutputCallResponse> responses,
        CancellationToken cancellationToken
    )
    {
        foreach (var each in request.ResponseParameters)
        {
            responses.WriteOptions = Written(each.Compressed);
            var response = new StreamingOutputCallResponse { Payload = Payload(each.Size) };
            await responses.WriteAsync(response, cancellationToken);
        }
    }

    private static void EndAsAsked(EchoStatus? status)
    {
        if (status is not null)
        {
            throw new RpcException(new Status((StatusCode)status.Code, status.Message));
        }
    }

    private static void ExpectCompression(BoolValue? expected, bool cameCompressed)
    {
        if (expected is not null && expected.Value != cameCompressed)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"expected compressed: {expected.Value}"));
        }
    }

    /// <summary>Null: compressed where the call is.</summary>
    private static WriteOptions? Written(BoolValue? compressed) =>
        compressed?.Value ?? false ? null : new WriteOptions(WriteFlags.NoCompress);

    private static FrameFlags RequestFlags(ServerCallContext context) =>
        context.GetHttpContext().Features.Get<FrameFlags>()
        ?? throw new InvalidOperationException($"{nameof(TestServer)} puts the flags of each call's requests here.");

    private static Payload Payload(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };
}

using Dendrite.Access;
using Dendrite.Errors;
using Dendrite.IngestService.Changes;
using Grpc.Core;

namespace Dendrite.IngestService.Append;

/// <summary>Signals in, over gRPC.</summary>
internal sealed class IngestRpc(
    AppendParts parts,
    BatchAppender batches,
    StreamCreator creator,
    StreamEditor streams,
    AnnotationEditor annotations,
    SampleMasker masker
) : V1.IngestService.IngestServiceBase
{
    public override async Task Append(
        IAsyncStreamReader<V1.AppendRequest> requestStream,
        IServerStreamWriter<V1.AppendResponse> responseStream,
        ServerCallContext context
    )
    {
        var open = await ReadOpenAsync(requestStream, context.CancellationToken);
        var opened = await parts.Opener.OpenAsync(
            context.GetCaller(),
            open,
            StreamOpener.RequestOf(open),
            beforeMaking: null,
            context.CancellationToken
        );
        var session = new AppendSession(opened, parts, requestStream, responseStream);
        await session.RunAsync(context.CancellationToken);
    }

    public override Task<V1.AppendBatchResponse> AppendBatch(
        V1.AppendBatchRequest request,
        ServerCallContext context
    ) =>
        batches.AppendAsync(
            context.GetCaller(),
            request,
            name => Mutations.Of(context, request, request.RequestId, name),
            context.CancellationToken
        );

    public override Task<V1.CreateStreamResponse> CreateStream(
        V1.CreateStreamRequest request,
        ServerCallContext context
    ) =>
        creator.CreateAsync(
            context.GetCaller(),
            request,
            name => Mutations.Of(context, request, request.RequestId, name),
            context.CancellationToken
        );

    public override Task<V1.UpdateStreamResponse> UpdateStream(
        V1.UpdateStreamRequest request,
        ServerCallContext context
    ) =>
        streams.UpdateAsync(
            context.GetCaller(),
            request,
            name => Mutations.Of(context, request, request.RequestId, name),
            context.CancellationToken
        );

    public override Task<V1.DeleteStreamResponse> DeleteStream(
        V1.DeleteStreamRequest request,
        ServerCallContext context
    ) =>
        streams.DeleteAsync(
            context.GetCaller(),
            request,
            name => Mutations.Of(context, request, request.RequestId, name),
            context.CancellationToken
        );

    public override Task<V1.MaskSamplesResponse> MaskSamples(
        V1.MaskSamplesRequest request,
        ServerCallContext context
    ) =>
        masker.MaskAsync(
            context.GetCaller(),
            request,
            name => Mutations.Of(context, request, request.RequestId, name),
            context.CancellationToken
        );

    public override Task<V1.PutAnnotationsResponse> PutAnnotations(
        V1.PutAnnotationsRequest request,
        ServerCallContext context
    ) =>
        annotations.PutAsync(
            context.GetCaller(),
            request,
            name => Mutations.Of(context, request, request.RequestId, name),
            context.CancellationToken
        );

    public override Task<V1.DeleteAnnotationsResponse> DeleteAnnotations(
        V1.DeleteAnnotationsRequest request,
        ServerCallContext context
    ) =>
        annotations.DeleteAsync(
            context.GetCaller(),
            request,
            name => Mutations.Of(context, request, request.RequestId, name),
            context.CancellationToken
        );

    /// <summary>The first message, which has the idle timeout to come.</summary>
    private async Task<V1.AppendOpen> ReadOpenAsync(
        IAsyncStreamReader<V1.AppendRequest> requests,
        CancellationToken cancellation
    )
    {
        if (!await MoveFirstAsync(requests, cancellation))
        {
            throw new DendriteException(
                ErrorReason.ProtocolViolation,
                "The call ended before its first message, open."
            );
        }

        return requests.Current.MessageCase == V1.AppendRequest.MessageOneofCase.Open
            ? requests.Current.Open
            : throw new DendriteException(
                ErrorReason.ProtocolViolation,
                $"The first message was {requests.Current.MessageCase}, not open: open the stream, then send from "
                    + "the sample it says."
            );
    }

    private async Task<bool> MoveFirstAsync(
        IAsyncStreamReader<V1.AppendRequest> requests,
        CancellationToken cancellation
    )
    {
        using var idle = new CancellationTokenSource(parts.Options.IdleTimeout, parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, cancellation);
        try
        {
            return await requests.MoveNext(either.Token);
        }
        catch (OperationCanceledException) when (idle.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new DendriteException(
                ErrorReason.Unavailable,
                $"Nothing came for {parts.Options.IdleTimeout.TotalSeconds} s: the first message, open, was awaited."
            );
        }
        catch (IOException lost)
        {
            throw new DendriteException(ErrorReason.Unavailable, "The client went away before it said open.", lost);
        }
    }
}

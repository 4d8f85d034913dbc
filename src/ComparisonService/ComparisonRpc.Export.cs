using Dendrite.ComparisonService.Export;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.ComparisonService;

public sealed partial class ComparisonRpc
{
    /// <summary>The records that differ as a document, in pieces.</summary>
    public override async Task ExportDiff(
        ExportDiffRequest request,
        IServerStreamWriter<ExportDiffResponse> responseStream,
        ServerCallContext context
    )
    {
        var writer = DiffWriter.Of(request.Format);
        var comparison = await opener.OpenAsync(request.Project, request.Comparand, context);
        await foreach (
            var piece in exporter.WriteAsync(comparison, writer, request.DatasetIds, context.CancellationToken)
        )
        {
            var response = new ExportDiffResponse { Data = UnsafeByteOperations.UnsafeWrap(piece) };
            await responseStream.WriteAsync(response, context.CancellationToken);
        }
    }
}

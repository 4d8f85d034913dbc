using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>One dataset, <c>labs</c>, whose export comes in two pieces.</summary>
internal sealed class FakeRecords(FakeState state) : RecordService.RecordServiceBase
{
    public const string Document = "id,value\nS1,1.1\nS2,0.9\n";

    public override async Task ExportRecords(
        ExportRecordsRequest request,
        IServerStreamWriter<ExportRecordsResponse> responseStream,
        ServerCallContext context
    )
    {
        FakeState.RequireKey(context);
        if (!request.Parent.EndsWith("/datasets/labs", StringComparison.Ordinal))
        {
            throw FakeState.Error(ErrorReason.DatasetNotFound, $"{request.Parent} does not exist.");
        }

        var half = Document.Length / 2;
        await responseStream.WriteAsync(new() { Data = ByteString.CopyFromUtf8(Document[..half]) });
        if (state.CutsExports)
        {
            throw FakeState.Away();
        }

        await responseStream.WriteAsync(new() { Data = ByteString.CopyFromUtf8(Document[half..]) });
    }
}

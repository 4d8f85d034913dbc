using System.Text;
using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>One dataset, <c>labs</c>, with many records, whose export comes in two pieces.</summary>
internal sealed class FakeRecords(FakeState state) : RecordService.RecordServiceBase
{
    public const string Document = "id,value\nS1,1.1\nS2,0.9\n";

    /// <summary>One with a text that clears the screen of a terminal.</summary>
    public override Task<GetRecordResponse> GetRecord(GetRecordRequest request, ServerCallContext context)
    {
        var record = new V1.Record
        {
            Name = request.Name,
            Values = new() { Fields = { ["note"] = Value.ForString("\e[2Jwiped\ntwo") } },
        };
        return Task.FromResult(new GetRecordResponse { Record = record });
    }

    public override async Task<LoadRecordsResponse> LoadRecords(
        IAsyncStreamReader<LoadRecordsRequest> requestStream,
        ServerCallContext context
    )
    {
        await requestStream.MoveNext(context.CancellationToken);
        RequireLabs(requestStream.Current.Open.Parent);
        var text = new StringBuilder();
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            text.Append(requestStream.Current.Data.ToStringUtf8());
        }

        state.LoadedText = text.ToString();
        return new() { LoadedRecords = 1, Version = state.NextVersion() };
    }

    public override Task<QueryRecordsResponse> QueryRecords(QueryRecordsRequest request, ServerCallContext context)
    {
        var (places, next) = FakePages.Of(request.PageSize, request.PageToken);
        var records = places.Select(place => new V1.Record
        {
            Name = $"{request.Parent}/records/S{place}",
            Values = new() { Fields = { ["id"] = Value.ForString($"S{place}") } },
        });
        return Task.FromResult(new QueryRecordsResponse { Records = { records }, NextPageToken = next });
    }

    public override async Task ExportRecords(
        ExportRecordsRequest request,
        IServerStreamWriter<ExportRecordsResponse> responseStream,
        ServerCallContext context
    )
    {
        FakeState.RequireKey(context);
        RequireLabs(request.Parent);
        var half = Document.Length / 2;
        await responseStream.WriteAsync(new() { Data = ByteString.CopyFromUtf8(Document[..half]) });
        if (state.CutsExports)
        {
            throw FakeState.Away();
        }

        await responseStream.WriteAsync(new() { Data = ByteString.CopyFromUtf8(Document[half..]) });
    }

    private static void RequireLabs(string dataset)
    {
        if (!dataset.EndsWith("/datasets/labs", StringComparison.Ordinal))
        {
            throw FakeState.Error(ErrorReason.DatasetNotFound, $"{dataset} does not exist.");
        }
    }
}

using System.Security.Cryptography;
using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Requests;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.IngestService.Records;

internal sealed partial class RecordRpc
{
    public override async Task<V1.LoadRecordsResponse> LoadRecords(
        IAsyncStreamReader<V1.LoadRecordsRequest> requestStream,
        ServerCallContext context
    )
    {
        var cancellation = context.CancellationToken;
        var open = await requestStream.MoveNext(cancellation) ? requestStream.Current.Open : null;
        open = open ?? throw NotOpened();
        var name = DatasetName.Parse(open.Parent, "open.parent");
        var format = DocumentInput.Read(open.Format, open.Csv, "open.");
        var request = new LoadRequest(
            name,
            RequestFields.Text(open.CommitMessage, "open.commit_message", DatasetInput.MaxMessage),
            open.SkipBadRows,
            open.ValidateOnly
        );
        var requestId = RequestFields.RequestId(open.RequestId, "open.request_id");
        var branch = await HeadAsync(context, name.Parent);
        var rows = new LoadedRows(await loads.GetDatasetAsync(branch, name, cancellation));
        using var stream = new LoadStream(requestStream, open);
        var pump = stream.PumpAsync(cancellation);
        using (var source = DocumentInput.Open(stream.Document, rows.Dataset.Definition, format))
        {
            await rows.ReadAsync(source, cancellation);
        }

        await pump;
        var mutation = MutationOf(context, "LoadRecords", name) with
        {
            RequestId = requestId,
            RequestDigest = stream.Digest,
        };
        return await loads.LoadAsync(branch, request, rows, mutation, cancellation);
    }

    public override async Task<V1.UpsertRecordsResponse> UpsertRecords(
        IAsyncStreamReader<V1.UpsertRecordsRequest> requestStream,
        ServerCallContext context
    )
    {
        var cancellation = context.CancellationToken;
        var open = await requestStream.MoveNext(cancellation) ? requestStream.Current.Open : null;
        open = open ?? throw NotOpened();
        var name = DatasetName.Parse(open.Parent, "open.parent");
        var message = RequestFields.Text(open.CommitMessage, "open.commit_message", DatasetInput.MaxMessage);
        var requestId = RequestFields.RequestId(open.RequestId, "open.request_id");
        var branch = await HeadAsync(context, name.Parent);
        var rows = new LoadedRows(await loads.GetDatasetAsync(branch, name, cancellation));
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(open.ToByteArray());
        var batches = new UpsertInput(rows);
        while (await requestStream.MoveNext(cancellation))
        {
            digest.AppendData(batches.Take(requestStream.Current));
        }

        var mutation = MutationOf(context, "UpsertRecords", name) with
        {
            RequestId = requestId,
            RequestDigest = digest.GetHashAndReset(),
        };
        var request = new UpsertRequest(name, message, open.DeleteMissing, open.ValidateOnly);
        return await loads.UpsertAsync(branch, request, rows, mutation, cancellation);
    }

    private static Mutation MutationOf(ServerCallContext context, string method, DatasetName name) =>
        new(context.GetCaller().Label, method, name.ToString());

    private static DendriteException NotOpened() =>
        new(ErrorReason.ProtocolViolation, "The first message must be open: say what is written and how.");
}

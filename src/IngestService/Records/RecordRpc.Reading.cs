using System.Text;
using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.IngestService.Records;

internal sealed partial class RecordRpc
{
    private const int MaxPage = 10_000;

    /// <summary>Bytes of one piece of an exported document: large enough that a message costs nothing.</summary>
    private const int PieceLength = 256 << 10;

    public override async Task<V1.GetRecordResponse> GetRecord(V1.GetRecordRequest request, ServerCallContext context)
    {
        var name = RecordName.Parse(request.Name);
        var point = SnapshotPoints.Read(request.At, name.Parent.Project);
        return await branches.AtAsync(
            context.GetCaller(),
            name.Parent.Parent,
            point,
            async branch => new V1.GetRecordResponse
            {
                Record = await queries.GetAsync(branch, name, context.CancellationToken),
            },
            context.CancellationToken
        );
    }

    public override async Task<V1.QueryRecordsResponse> QueryRecords(
        V1.QueryRecordsRequest request,
        ServerCallContext context
    )
    {
        var name = DatasetName.Parse(request.Parent, "parent");
        var size = PageSize.Resolve(request.PageSize, PageSize.Default, MaxPage);
        string[] same = ["QueryRecords", request.Parent, $"{request.Selection}", request.OrderBy, $"{request.At}"];
        var position = PageToken.Decode(request.PageToken, same)?.Split(' ', 2);
        // A tag stays what it is; any other point is the version that the first page read.
        var point =
            position is [var version, _] && request.At?.PointCase != V1.SnapshotPoint.PointOneofCase.Tag
                ? SnapshotPoint.At(PageToken.Parse(version, CommitVersion.Parse))
                : SnapshotPoints.Read(request.At, name.Project);
        var after = position is [_, var place] ? place : null;
        return await branches.AtAsync(context.GetCaller(), name.Parent, point, ReadAsync, context.CancellationToken);

        async Task<V1.QueryRecordsResponse> ReadAsync(RecordBranch branch)
        {
            var dataset = await queries.GetDatasetAsync(branch, name, context.CancellationToken);
            var selection = RecordSelection.Read(dataset, request.Selection, request.OrderBy);
            var page = await queries.ListAsync(branch, dataset, selection, (size, after), context.CancellationToken);
            return new()
            {
                Records = { page.Records },
                Version = branch.Version.Value,
                NextPageToken = page.Next is null ? "" : PageToken.Encode($"{branch.Version} {page.Next}", same),
            };
        }
    }

    public override async Task ExportRecords(
        V1.ExportRecordsRequest request,
        IServerStreamWriter<V1.ExportRecordsResponse> responseStream,
        ServerCallContext context
    )
    {
        var name = DatasetName.Parse(request.Parent, "parent");
        var format = DocumentInput.Read(request.Format, request.Csv);
        var point = SnapshotPoints.Read(request.At, name.Project);
        var branch = await branches.GetAsync(context.GetCaller(), name.Parent, point, context.CancellationToken);
        var dataset = await queries.GetDatasetAsync(branch, name, context.CancellationToken);
        var selection = RecordSelection.Read(dataset, request.Selection, "");
        var text = new StringBuilder();
        var output = new DocumentOutput(dataset.Definition, selection.Columns, format);
        output.Begin(text);
        await foreach (var cells in queries.ReadAllAsync(branch, dataset, selection, context.CancellationToken))
        {
            output.Write(text, cells);
            if (text.Length >= PieceLength)
            {
                await SendAsync();
            }
        }

        await SendAsync();

        async Task SendAsync()
        {
            if (text.Length > 0)
            {
                var data = UnsafeByteOperations.UnsafeWrap(output.Encode(text));
                await responseStream.WriteAsync(new() { Data = data }, context.CancellationToken);
                text.Clear();
            }
        }
    }
}

using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Grpc.Core;

namespace Dendrite.BranchService.History;

public sealed partial class HistoryRpc
{
    public override async Task<V1.ListRecordVersionsResponse> ListRecordVersions(
        V1.ListRecordVersionsRequest request,
        ServerCallContext context
    )
    {
        var name = RecordName.Parse(request.Name);
        var branch = name.Parent.Parent;
        var size = PageSize.Resolve(request.PageSize);
        string[] same = ["ListRecordVersions", request.Name, request.Column, $"{request.At}"];
        var position = PageToken.Decode(request.PageToken, same)?.Split(' ');
        // A tag stays what it is; any other point is the version that the first page read.
        var point =
            position is [var version, _] && request.At?.PointCase != V1.SnapshotPoint.PointOneofCase.Tag
                ? SnapshotPoint.At(PageToken.Parse(version, CommitVersion.Parse))
                : SnapshotPoints.Read(request.At, branch.Project);
        var project = await projects.ReachAsync(context, branch.Project);
        var seen = await snapshots.ReadAsync(project, branch.Branch, point, context.CancellationToken);
        var query = new RecordVersionQuery(new RecordView(project, seen.Snapshot), name, size)
        {
            Column = request.Column,
            Before = position is [_, var before] ? PageToken.Parse(before, CommitVersion.Parse) : null,
        };
        var page = await records.ListAsync(query, context.CancellationToken);
        var response = new V1.ListRecordVersionsResponse { Versions = { page.Versions } };
        if (page.More)
        {
            var last = response.Versions[^1].Commit.Version;
            response.NextPageToken = PageToken.Encode($"{seen.Version} {last}", same);
        }

        return response;
    }
}

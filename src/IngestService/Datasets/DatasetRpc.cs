using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.IngestService.Records;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Grpc.Core;

namespace Dendrite.IngestService.Datasets;

/// <summary>Datasets over gRPC: parse, call, map.</summary>
internal sealed class DatasetRpc(RecordBranches branches, DatasetCatalog catalog, DatasetWriter writer)
    : V1.DatasetService.DatasetServiceBase
{
    public override async Task<V1.CreateDatasetResponse> CreateDataset(
        V1.CreateDatasetRequest request,
        ServerCallContext context
    )
    {
        var parent = BranchName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.DatasetId, "dataset_id");
        var name = new DatasetName(parent.Project, parent.Branch, id);
        var definition = DatasetInput.Read(request);
        var mutation = Mutations.Of(context, request, request.RequestId, name.ToString());
        var branch = await HeadAsync(context, parent);
        var made = await writer.CreateAsync(branch, name, definition, mutation, context.CancellationToken);
        return new() { Dataset = DatasetMapper.ToContract(made.Dataset, parent), Version = made.Version };
    }

    public override async Task<V1.GetDatasetResponse> GetDataset(
        V1.GetDatasetRequest request,
        ServerCallContext context
    )
    {
        var name = DatasetName.Parse(request.Name);
        var point = SnapshotPoints.Read(request.At, name.Project);
        var branch = await branches.GetAsync(context.GetCaller(), name.Parent, point, context.CancellationToken);
        var dataset = await catalog.GetAsync(branch.View, name, context.CancellationToken);
        return new() { Dataset = DatasetMapper.ToContract(dataset, name.Parent), Version = branch.Version.Value };
    }

    public override async Task<V1.ListDatasetsResponse> ListDatasets(
        V1.ListDatasetsRequest request,
        ServerCallContext context
    )
    {
        var parent = BranchName.Parse(request.Parent, "parent");
        var size = PageSize.Resolve(request.PageSize);
        var filter = DatasetFilter.Read(request.Filter);
        string[] same = ["ListDatasets", request.Parent, request.Filter, $"{request.At}"];
        var position = PageToken.Decode(request.PageToken, same)?.Split(' ', 2);
        // A tag stays what it is; any other point is the version that the first page read.
        var point =
            position is [var version, _] && request.At?.PointCase != V1.SnapshotPoint.PointOneofCase.Tag
                ? SnapshotPoint.At(PageToken.Parse(version, CommitVersion.Parse))
                : SnapshotPoints.Read(request.At, parent.Project);
        var branch = await branches.GetAsync(context.GetCaller(), parent, point, context.CancellationToken);
        var after = position is [_, var last] ? last : "";
        // A branch has a thousand at most, so a filter looks at what one query gives.
        var found = await catalog.ListAsync(
            branch.View,
            after,
            filter is null ? size + 1 : DatasetCatalog.MaxDatasets,
            context.CancellationToken
        );
        var page = found.Where(dataset => filter?.Invoke(dataset) != false).Take(size + 1).ToList();
        var shown = PageBytes.Fitting(page.Take(size).Select(dataset => DatasetMapper.ToContract(dataset, parent)));
        var response = new V1.ListDatasetsResponse { Datasets = { shown } };
        if (page.Count > shown.Count)
        {
            response.NextPageToken = PageToken.Encode($"{branch.Version} {page[shown.Count - 1].Name}", same);
        }

        return response;
    }

    public override async Task<V1.UpdateDatasetResponse> UpdateDataset(
        V1.UpdateDatasetRequest request,
        ServerCallContext context
    )
    {
        var fields = request.Dataset ?? new();
        var name = DatasetName.Parse(fields.Name, "dataset.name");
        var paths = UpdateMask.Paths(request.UpdateMask, DatasetFields.Updatable(fields));
        var mutation = Mutations.Of(context, request, request.RequestId, name.ToString());
        var branch = await HeadAsync(context, name.Parent);
        var change = new DatasetUpdate(fields, paths);
        var made = await writer.UpdateAsync(branch, name, change, mutation, context.CancellationToken);
        return new() { Dataset = DatasetMapper.ToContract(made.Dataset, name.Parent), Version = made.Version };
    }

    public override async Task<V1.ChangeSchemaResponse> ChangeSchema(
        V1.ChangeSchemaRequest request,
        ServerCallContext context
    )
    {
        var name = DatasetName.Parse(request.Name);
        var change = DatasetInput.Read(request);
        var mutation = Mutations.Of(context, request, request.RequestId, name.ToString());
        var branch = await HeadAsync(context, name.Parent);
        var made = await writer.ChangeSchemaAsync(branch, name, change, mutation, context.CancellationToken);
        return new() { Dataset = DatasetMapper.ToContract(made.Dataset, name.Parent), Version = made.Version };
    }

    public override async Task<V1.DeleteDatasetResponse> DeleteDataset(
        V1.DeleteDatasetRequest request,
        ServerCallContext context
    )
    {
        var name = DatasetName.Parse(request.Name);
        var mutation = Mutations.Of(context, request, request.RequestId, name.ToString());
        var branch = await HeadAsync(context, name.Parent);
        var deletion = new DatasetDeletion(request.Etag, request.AllowMissing);
        return new()
        {
            Version = await writer.DeleteAsync(branch, name, deletion, mutation, context.CancellationToken),
        };
    }

    private Task<RecordBranch> HeadAsync(ServerCallContext context, BranchName name) =>
        branches.GetAsync(context.GetCaller(), name, SnapshotPoint.Head, context.CancellationToken);
}

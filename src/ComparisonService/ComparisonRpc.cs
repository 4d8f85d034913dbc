using Dendrite.ComparisonService.Export;
using Dendrite.ComparisonService.Records;
using Dendrite.ComparisonService.Streams;
using Dendrite.Contracts.Paging;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.ComparisonService;

/// <summary>Answers <c>dendrite.v1.ComparisonService</c>.</summary>
public sealed partial class ComparisonRpc(
    ComparisonOpener opener,
    StreamDiffer streams,
    DatasetDiffer datasets,
    RecordDifferences records,
    StreamDifferences streamDifferences,
    DiffExporter exporter
) : V1.ComparisonService.ComparisonServiceBase
{
    /// <summary>
    /// A page of the streams and datasets that differ, and the counts of all. Each page finds the whole difference
    /// anew: its cost is that of the difference.
    /// </summary>
    public override async Task<DiffBranchesResponse> DiffBranches(
        DiffBranchesRequest request,
        ServerCallContext context
    )
    {
        var pageSize = PageSize.Resolve(request.PageSize);
        var filter = BranchDiffFilter.Read(request.Filter);
        var comparison = await opener.OpenAsync(request.Project, request.Comparand, context);
        var identity = comparison.Identity(nameof(DiffBranches), request.Filter);
        var after = PageToken.Decode(request.PageToken, identity) ?? "";
        var (id, from, to) = comparison.Compared;
        // At once, on two connections: neither waits for the other's round trips.
        var differingStreams = streams.CompareAsync(id, from, to, context.CancellationToken);
        var differingDatasets = datasets.CompareAsync(comparison.Compared, context.CancellationToken);
        await Task.WhenAll(differingStreams, differingDatasets);
        var diff = new BranchDiff(await differingStreams, await differingDatasets);
        var rest = diff
            .Items.Where(filter)
            .Where(item => string.CompareOrdinal(item.Place, after) > 0)
            .Take(pageSize + 1)
            .ToList();
        var (oldBranch, newBranch) = (comparison.Sides.From.Branch, comparison.Sides.To.Branch);
        var page = PageBytes.Fitting(rest.Take(pageSize).Select(ToMessage));
        var response = new DiffBranchesResponse
        {
            Comparand = comparison.ToMessage(),
            Counts = diff.Count(),
            NextPageToken = rest.Count > page.Count ? PageToken.Encode(rest[page.Count - 1].Place, identity) : "",
        };
        response.Streams.Add(page.OfType<StreamDifference>());
        response.Datasets.Add(page.OfType<DatasetDifference>());
        return response;

        IMessage ToMessage(BranchDiffItem item) =>
            item.Stream is { } pair
                ? StreamDifferenceMapper.ToMessage(pair, oldBranch, newBranch)
                : item.Dataset!.Message;
    }
}

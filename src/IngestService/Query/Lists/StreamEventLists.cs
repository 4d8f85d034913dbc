using Dendrite.Contracts.Paging;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Lists;

/// <summary>Pages of what lies beside a stream's samples.</summary>
internal sealed class StreamEventLists(
    AnnotationStore annotations,
    GapStore gaps,
    MaskStore masks,
    TimeAnchorStore anchors
)
{
    private const int DefaultPageSize = 1_000;
    private const int MaxPageSize = 10_000;

    private static readonly SampleRange Everything = new(0, long.MaxValue);

    public async Task<V1.ListAnnotationsResponse> ListAsync(
        BranchView branch,
        SignalStream stream,
        V1.ListAnnotationsRequest request,
        CancellationToken cancellation
    )
    {
        var size = PageSize.Resolve(request.PageSize, DefaultPageSize, MaxPageSize);
        string[] fields = ["ListAnnotations", request.Parent, request.At?.ToString() ?? "", request.Filter];
        AnnotationKey? after = PageToken.Decode(request.PageToken, fields)?.Split(' ') is [var sample, var id]
            ? new(long.Parse(sample), Guid.Parse(id))
            : null;
        var query = new AnnotationQuery(stream.StreamId, size + 1)
        {
            After = after,
            Filter = AnnotationFilter.Read(request.Filter),
        };
        var page = await annotations.ListAsync(branch.Project, branch.Snapshot, query, cancellation);
        var response = new V1.ListAnnotationsResponse();
        response.Annotations.AddRange(page.Take(size).Select(AnnotationMapper.ToContract));
        if (page.Count > size)
        {
            var last = page[size - 1];
            response.NextPageToken = PageToken.Encode($"{last.StartSample} {last.Id}", fields);
        }

        return response;
    }

    public async Task<V1.ListGapsResponse> ListAsync(
        BranchView branch,
        SignalStream stream,
        V1.ListGapsRequest request,
        CancellationToken cancellation
    )
    {
        var size = PageSize.Resolve(request.PageSize, DefaultPageSize, MaxPageSize);
        string[] fields = ["ListGaps", request.Parent, request.At?.ToString() ?? ""];
        GapKey? after = PageToken.Decode(request.PageToken, fields)?.Split(' ') is [var sample, var group]
            ? new(long.Parse(sample), group == "-" ? null : int.Parse(group))
            : null;
        var (project, snapshot) = (branch.Project, branch.Snapshot);
        var page = await gaps.ListAsync(project, snapshot, stream.StreamId, Everything, after, size + 1, cancellation);
        var response = new V1.ListGapsResponse();
        response.Gaps.AddRange(page.Take(size).Select(TimeMapper.ToContract));
        if (page.Count > size)
        {
            var last = page[size - 1];
            var position = $"{last.Range.Start} {last.ChannelGroup?.ToString() ?? "-"}";
            response.NextPageToken = PageToken.Encode(position, fields);
        }

        return response;
    }

    public async Task<V1.ListMasksResponse> ListAsync(
        BranchView branch,
        SignalStream stream,
        V1.ListMasksRequest request,
        CancellationToken cancellation
    )
    {
        var size = PageSize.Resolve(request.PageSize, DefaultPageSize, MaxPageSize);
        string[] fields = ["ListMasks", request.Parent, request.At?.ToString() ?? ""];
        MaskKey? after = PageToken.Decode(request.PageToken, fields)?.Split(' ') is [var sample, var id]
            ? new(long.Parse(sample), Guid.Parse(id))
            : null;
        var view = new RecordView(branch.Project, branch.Snapshot);
        var page = await masks.ListAsync(view, stream.StreamId, Everything, after, size + 1, cancellation);
        var response = new V1.ListMasksResponse();
        response.Masks.AddRange(page.Take(size).Select(MaskMapper.ToContract));
        if (page.Count > size)
        {
            var last = page[size - 1];
            response.NextPageToken = PageToken.Encode($"{last.Range.Start} {last.Id}", fields);
        }

        return response;
    }

    public async Task<V1.ListTimeAnchorsResponse> ListAsync(
        BranchView branch,
        SignalStream stream,
        V1.ListTimeAnchorsRequest request,
        CancellationToken cancellation
    )
    {
        var size = PageSize.Resolve(request.PageSize, DefaultPageSize, MaxPageSize);
        string[] fields = ["ListTimeAnchors", request.Parent, request.At?.ToString() ?? ""];
        var position = PageToken.Decode(request.PageToken, fields);
        var after = position is null ? -1 : long.Parse(position);
        var (project, snapshot) = (branch.Project, branch.Snapshot);
        var page = await anchors.ListAsync(project, snapshot, stream.StreamId, after, size + 1, cancellation);
        var response = new V1.ListTimeAnchorsResponse();
        response.Anchors.AddRange(page.Take(size).Select(TimeMapper.ToContract));
        if (page.Count > size)
        {
            response.NextPageToken = PageToken.Encode(page[size - 1].Sample.ToString(), fields);
        }

        return response;
    }
}

using System.Globalization;
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

    /// <summary>In a page token: the gap is of all channels.</summary>
    private const string AnyGroup = "-";

    private static readonly SampleRange Everything = new(0, long.MaxValue);

    public async Task<V1.ListAnnotationsResponse> ListAsync(
        BranchView branch,
        SignalStream stream,
        V1.ListAnnotationsRequest request,
        CancellationToken cancellation
    )
    {
        string[] same = ["ListAnnotations", request.Parent, request.At?.ToString() ?? "", request.Filter];
        var page = ReadPage(request.PageToken, request.PageSize, same);
        var after = page.PlaceAs<AnnotationKey>(place =>
            place is [var start, var id] ? new(ReadSample(start), PageToken.Parse(id, Guid.Parse)) : null
        );
        var query = new AnnotationQuery(stream.StreamId, page.Limit)
        {
            After = after,
            Filter = AnnotationFilter.Read(request.Filter),
        };
        var found = await annotations.ListAsync(branch.Project, branch.Snapshot, query, cancellation);
        var response = new V1.ListAnnotationsResponse();
        response.Annotations.AddRange(PageBytes.Fitting(page.Of(found).Select(AnnotationMapper.ToContract)));
        response.NextPageToken = page.TokenAfter(
            found,
            response.Annotations.Count,
            last => $"{last.StartSample} {last.Id}"
        );
        return response;
    }

    public async Task<V1.ListGapsResponse> ListAsync(
        BranchView branch,
        SignalStream stream,
        V1.ListGapsRequest request,
        CancellationToken cancellation
    )
    {
        string[] same = ["ListGaps", request.Parent, request.At?.ToString() ?? ""];
        var page = ReadPage(request.PageToken, request.PageSize, same);
        var after = page.PlaceAs<GapKey>(place =>
            place is [var start, var group] ? new(ReadSample(start), ReadGroup(group)) : null
        );
        var (project, snapshot) = (branch.Project, branch.Snapshot);
        var found = await gaps.ListAsync(
            project,
            snapshot,
            stream.StreamId,
            Everything,
            after,
            page.Limit,
            cancellation
        );
        var response = new V1.ListGapsResponse();
        response.Gaps.AddRange(PageBytes.Fitting(page.Of(found).Select(TimeMapper.ToContract)));
        response.NextPageToken = page.TokenAfter(
            found,
            response.Gaps.Count,
            last => $"{last.Range.Start} {last.ChannelGroup?.ToString() ?? AnyGroup}"
        );
        return response;
    }

    public async Task<V1.ListMasksResponse> ListAsync(
        BranchView branch,
        SignalStream stream,
        V1.ListMasksRequest request,
        CancellationToken cancellation
    )
    {
        string[] same = ["ListMasks", request.Parent, request.At?.ToString() ?? ""];
        var page = ReadPage(request.PageToken, request.PageSize, same);
        var after = page.PlaceAs<MaskKey>(place =>
            place is [var start, var id] ? new(ReadSample(start), PageToken.Parse(id, Guid.Parse)) : null
        );
        var view = new RecordView(branch.Project, branch.Snapshot);
        var found = await masks.ListAsync(view, stream.StreamId, Everything, after, page.Limit, cancellation);
        var response = new V1.ListMasksResponse();
        response.Masks.AddRange(PageBytes.Fitting(page.Of(found).Select(MaskMapper.ToContract)));
        response.NextPageToken = page.TokenAfter(found, response.Masks.Count, last => $"{last.Range.Start} {last.Id}");
        return response;
    }

    public async Task<V1.ListTimeAnchorsResponse> ListAsync(
        BranchView branch,
        SignalStream stream,
        V1.ListTimeAnchorsRequest request,
        CancellationToken cancellation
    )
    {
        string[] same = ["ListTimeAnchors", request.Parent, request.At?.ToString() ?? ""];
        var page = ReadPage(request.PageToken, request.PageSize, same);
        var after = page.PlaceAs<long>(place => place is [var at] ? ReadSample(at) : null) ?? -1;
        var (project, snapshot) = (branch.Project, branch.Snapshot);
        var found = await anchors.ListAsync(project, snapshot, stream.StreamId, after, page.Limit, cancellation);
        var response = new V1.ListTimeAnchorsResponse();
        response.Anchors.AddRange(page.Of(found).Select(TimeMapper.ToContract));
        response.NextPageToken = page.TokenAfter(found, last => last.Sample.ToString());
        return response;
    }

    private static long ReadSample(string text) =>
        PageToken.Parse(text, sample => long.Parse(sample, CultureInfo.InvariantCulture));

    private static int? ReadGroup(string text) =>
        text == AnyGroup ? null : PageToken.Parse(text, group => int.Parse(group, CultureInfo.InvariantCulture));

    private static ListPage ReadPage(string token, int size, string[] same) =>
        ListPage.Read(token, size, same, DefaultPageSize, MaxPageSize);
}

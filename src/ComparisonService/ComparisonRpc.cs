using Dendrite.Access;
using Dendrite.ComparisonService.Snapshots;
using Dendrite.ComparisonService.Streams;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Storage.Projects;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.ComparisonService;

/// <summary>
/// Answers <c>dendrite.v1.ComparisonService</c>. What it does not override yet answers UNIMPLEMENTED.
/// </summary>
public sealed class ComparisonRpc(ProjectStore projects, ComparandResolver comparands, StreamDiffer streams)
    : V1.ComparisonService.ComparisonServiceBase
{
    /// <summary>
    /// A page of the streams that differ, and the counts of all. Datasets are not compared yet: their counts are 0
    /// because no branch can hold records yet either.
    /// </summary>
    public override async Task<DiffBranchesResponse> DiffBranches(
        DiffBranchesRequest request,
        ServerCallContext context
    )
    {
        var project = ProjectName.Parse(request.Project, "project");
        context.GetCaller().Require(project.Project);
        if (request.Filter.Length > 0)
        {
            throw new DendriteException(
                ErrorReason.NotImplemented,
                "filter: this server does not filter differences yet; leave it empty"
            );
        }

        var pageSize = PageSize.Resolve(request.PageSize);
        var projectId = (await projects.GetAsync(project.Project, context.CancellationToken)).Id;
        var sides = await comparands.ResolveAsync(project, projectId, request.Comparand, context.CancellationToken);
        // A branch that moved between two pages is another comparison: the token says so rather than mixing the two.
        string[] identity =
        [
            nameof(DiffBranches),
            Convert.ToHexString(SnapshotDigest.Compute(sides.Base)),
            Convert.ToHexString(SnapshotDigest.Compute(sides.To.Snapshot)),
        ];
        var after = PageToken.Decode(request.PageToken, identity) ?? "";
        var diff = await streams.CompareAsync(projectId, sides.Base, sides.To.Snapshot, context.CancellationToken);
        return Answer(sides, diff, after, pageSize, identity);
    }

    private static DiffBranchesResponse Answer(
        ResolvedSides sides,
        StreamDiff diff,
        string after,
        int pageSize,
        string[] identity
    )
    {
        var rest = diff.Differing.Where(pair => string.CompareOrdinal(pair.Name, after) > 0).ToArray();
        var page = rest.Take(pageSize).ToArray();
        var response = new DiffBranchesResponse
        {
            Comparand = Describe(sides),
            Counts = new()
            {
                StreamsOnlyFrom = diff.Differing.Count(pair => pair.To is null),
                StreamsOnlyTo = diff.Differing.Count(pair => pair.From is null),
                StreamsChanged = diff.Differing.Count(pair => pair is { From: not null, To: not null }),
                StreamsEqual = diff.EqualCount,
            },
            NextPageToken = rest.Length > page.Length ? PageToken.Encode(page[^1].Name, identity) : "",
        };
        response.Streams.Add(
            page.Select(pair => StreamDifferenceMapper.ToMessage(pair, sides.From.Branch, sides.To.Branch))
        );
        return response;
    }

    private static ResolvedComparand Describe(ResolvedSides sides) =>
        new()
        {
            From = Describe(sides.From),
            To = Describe(sides.To),
            FromDigest = ByteString.CopyFrom(SnapshotDigest.Compute(sides.Base)),
            ToDigest = ByteString.CopyFrom(SnapshotDigest.Compute(sides.To.Snapshot)),
        };

    private static SnapshotReference Describe(ResolvedSide side) =>
        new()
        {
            Branch = side.Branch.ToString(),
            Point = side.Tag is { } tag ? new() { Tag = tag } : new() { Version = side.Version.Value },
        };
}

using System.Globalization;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Storage.Branches;
using Grpc.Core;

namespace Dendrite.BranchService.Branches;

public sealed partial class BranchRpc
{
    private const int DefaultAncestorDepth = 10;
    private const int MaxAncestorDepth = 100;
    private const int DefaultDescendantDepth = 1;
    private const int MaxDescendantDepth = 10;

    public override async Task<V1.GetBranchGraphResponse> GetBranchGraph(
        V1.GetBranchGraphRequest request,
        ServerCallContext context
    )
    {
        var name = BranchName.Parse(request.Name);
        var up = Depth(request.AncestorDepth, "ancestor_depth", DefaultAncestorDepth, MaxAncestorDepth);
        var down = Depth(request.DescendantDepth, "descendant_depth", DefaultDescendantDepth, MaxDescendantDepth);
        string[] same = ["GetBranchGraph", request.Name, $"{up}", $"{down}"];
        var after = ReadPlace(PageToken.Decode(request.PageToken, same));
        var size = PageSize.Resolve(request.PageSize);

        var project = await projects.ReachAsync(context, name.Project);
        var branch = await branches.GetAsync(project, name.Branch, context.CancellationToken);
        // One more than the page says whether there is a next one.
        var query = new GraphQuery(branch.Id, up, down, size + 1) { After = after };
        var found = await graphs.ListAsync(project, query, context.CancellationToken);
        var page = found.Take(size).ToArray();
        BranchId[] onPage = [.. page.Select(around => around.Branch.Id)];
        var merges = await graphs.ListMergesAsync(project, query, onPage, context.CancellationToken);

        var response = new V1.GetBranchGraphResponse();
        response.Branches.AddRange(page.Select(around => BranchMapper.ToContract(around.Branch, name.Project)));
        response.Merges.AddRange(merges.Select(merge => BranchMapper.ToContract(merge, name.Project)));
        if (found.Count > size)
        {
            var (side, depth, last) = page[^1].Place;
            response.NextPageToken = PageToken.Encode($"{side} {depth} {last}", same);
        }

        return response;
    }

    private static int Depth(int requested, string field, int defaultDepth, int maxDepth) =>
        requested switch
        {
            < 0 => throw DendriteException.Invalid(field, $"{requested} is negative; use 0 for {defaultDepth}"),
            0 => defaultDepth,
            _ => Math.Min(requested, maxDepth),
        };

    /// <summary>Tokens are checked and not signed: what is in one may be a stranger's.</summary>
    private static GraphPlace? ReadPlace(string? position) =>
        position?.Split(' ') switch
        {
            null => null,
            [var side, var depth, var name]
                when int.TryParse(side, CultureInfo.InvariantCulture, out var at)
                    && int.TryParse(depth, CultureInfo.InvariantCulture, out var away)
                    && ResourceId.IsValid(name) => new(at, away, name),
            _ => throw PageToken.NotOurs(),
        };
}

using Dendrite.Contracts.Names;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Retention;

/// <summary>
/// Walks over the branches of a project that a filter matches, deleted ones too, by name. It holds one page. Not
/// thread-safe.
/// </summary>
/// <param name="options">Makes the options of each call: its deadline begins with it.</param>
internal sealed class BranchCursor(
    BranchService.BranchServiceClient branches,
    ListBranchesRequest request,
    Func<CallOptions> options
)
{
    private IReadOnlyList<Branch> page = [];
    private int next;
    private bool isLastPage;

    /// <summary>The branch that it stands on; null before the first and after the last.</summary>
    public Branch? Current { get; private set; }

    /// <summary>Over what a filter matches after a branch.</summary>
    /// <param name="filter">Empty: all.</param>
    /// <param name="afterId">Id of that branch; empty: from the first.</param>
    public static ListBranchesRequest Request(string parent, string filter, string afterId, int pageSize) =>
        RequestAt(parent, filter, afterId.Length == 0 ? "" : $"branch_id > \"{afterId}\"", pageSize);

    /// <summary>Over one branch, where a filter matches it.</summary>
    public static ListBranchesRequest RequestOne(BranchName branch, string filter) =>
        RequestAt(branch.Parent.ToString(), filter, $"branch_id = \"{branch.Branch}\"", pageSize: 1);

    private static ListBranchesRequest RequestAt(string parent, string filter, string place, int pageSize) =>
        new()
        {
            Parent = parent,
            PageSize = pageSize,
            ShowDeleted = true,
            Filter = (filter, place) switch
            {
                (_, "") => filter,
                ("", _) => place,
                _ => Resumed(filter, place),
            },
        };

    /// <summary>A filter as it is asked when a walk goes on, which must be one that the server reads too.</summary>
    public static string Resumed(string filter, string place) => $"({filter}) AND {place}";

    /// <summary>Goes to the next branch; false after the last. One call for each page.</summary>
    public async Task<bool> MoveNextAsync()
    {
        while (next == page.Count)
        {
            if (isLastPage)
            {
                Current = null;
                return false;
            }

            var response = await branches.ListBranchesAsync(request, options());
            request.PageToken = response.NextPageToken;
            isLastPage = response.NextPageToken.Length == 0;
            (page, next) = (response.Branches, 0);
        }

        Current = page[next++];
        return true;
    }

    /// <summary>Goes on to a branch or past where it would stand; whether it is there.</summary>
    public async Task<bool> MoveToAsync(string name)
    {
        while (Current is null || string.CompareOrdinal(Current.Name, name) < 0)
        {
            if (!await MoveNextAsync())
                return false;
        }

        return Current.Name == name;
    }
}

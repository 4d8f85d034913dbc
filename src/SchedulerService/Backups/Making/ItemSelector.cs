using Dendrite.Contracts.Errors;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage.Backups;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Backups.Making;

/// <summary>The branches and tags that a plan's filters name now, as the Branch service lists them.</summary>
internal sealed class ItemSelector(
    BranchService.BranchServiceClient branches,
    TagService.TagServiceClient tags,
    TimeProvider time
)
{
    private const int PageSize = 1_000;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    /// <exception cref="DendriteException">QUOTA_EXCEEDED: more than a backup holds.</exception>
    public async Task<IReadOnlyList<string>> ListBranchesAsync(
        ProjectName project,
        string filter,
        CancellationToken cancellationToken
    )
    {
        var found = new List<string>();
        var request = new ListBranchesRequest
        {
            Parent = project.ToString(),
            Filter = filter,
            PageSize = PageSize,
        };
        do
        {
            var page = await KnownAsync(() => branches.ListBranchesAsync(request, Options(cancellationToken)));
            found.AddRange(page.Branches.Select(branch => BranchName.Parse(branch.Name).Branch));
            Require(found.Count);
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
        return found;
    }

    /// <exception cref="DendriteException">QUOTA_EXCEEDED: more than a backup holds.</exception>
    public async Task<IReadOnlyList<string>> ListTagsAsync(
        ProjectName project,
        string filter,
        CancellationToken cancellationToken
    )
    {
        var found = new List<string>();
        var request = new ListTagsRequest
        {
            Parent = project.ToString(),
            Filter = filter,
            PageSize = PageSize,
        };
        do
        {
            var page = await KnownAsync(() => tags.ListTagsAsync(request, Options(cancellationToken)));
            found.AddRange(page.Tags.Select(tag => TagName.Parse(tag.Name).Tag));
            Require(found.Count);
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
        return found;
    }

    /// <summary>Whether the Branch service understands the filters of a plan: they are its language.</summary>
    /// <exception cref="DendriteException">INVALID_FILTER with the field of the plan; UNAVAILABLE.</exception>
    public async Task CheckAsync(ProjectName project, BackupPlanChange plan, CancellationToken cancellationToken)
    {
        if (plan.BranchFilter is { Length: > 0 } branchFilter)
        {
            var request = new ListBranchesRequest
            {
                Parent = project.ToString(),
                Filter = branchFilter,
                PageSize = 1,
            };
            await CheckAsync(
                "backup_plan.branch_filter",
                async () => await branches.ListBranchesAsync(request, Options(cancellationToken))
            );
        }

        if (plan.TagFilter is { Length: > 0 } tagFilter)
        {
            var request = new ListTagsRequest
            {
                Parent = project.ToString(),
                Filter = tagFilter,
                PageSize = 1,
            };
            await CheckAsync(
                "backup_plan.tag_filter",
                async () => await tags.ListTagsAsync(request, Options(cancellationToken))
            );
        }
    }

    private static async Task CheckAsync(string field, Func<Task> list)
    {
        try
        {
            await KnownAsync(async () =>
            {
                await list();
                return field;
            });
        }
        catch (DendriteException refused) when (refused.Reason == ErrorReason.InvalidFilter)
        {
            throw new DendriteException(ErrorReason.InvalidFilter, $"{field}: {refused.Message}", refused)
            {
                FieldViolations = [new(field, refused.Message)],
            };
        }
    }

    private static void Require(int count)
    {
        if (count > Dendrite.Backups.Format.BackupLimits.Items)
        {
            throw new DendriteException(
                ErrorReason.QuotaExceeded,
                $"The plan names more than {Dendrite.Backups.Format.BackupLimits.Items} branches or tags: divide it by "
                    + "filters into several plans."
            );
        }
    }

    private static async Task<T> KnownAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException failure) when (ErrorStatus.FromRpcException(failure) is { } known)
        {
            throw known;
        }
        catch (RpcException failure) when (failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            throw new DendriteException(
                ErrorReason.Unavailable,
                "The Branch service cannot be reached for the moment; try again.",
                failure
            );
        }
    }

    private static async Task<T> KnownAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        await KnownAsync(async () => await call());

    private CallOptions Options(CancellationToken cancellationToken) =>
        new(deadline: (time.GetUtcNow() + CallTimeout).UtcDateTime, cancellationToken: cancellationToken);
}

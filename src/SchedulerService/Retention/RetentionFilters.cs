using Dendrite.Contracts.Errors;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Retention;

/// <summary>
/// Asks the Branch service whether it knows a filter: it alone says which fields and values there are.
/// </summary>
internal sealed class RetentionFilters(BranchService.BranchServiceClient branches, RetentionScan scan)
{
    private const string Theirs = "filter";
    private const string Ours = "retention_policy.filter";

    /// <summary>One call.</summary>
    /// <exception cref="DendriteException">INVALID_FILTER, at the policy's field.</exception>
    public async Task CheckAsync(string filter, ProjectName project, CancellationToken cancellationToken)
    {
        if (filter.Length == 0)
            return;
        try
        {
            var request = BranchCursor.Request(project.ToString(), filter, "", pageSize: 1);
            await branches.ListBranchesAsync(request, scan.Options(cancellationToken));
        }
        catch (RpcException refused)
            when (ErrorStatus.FromRpcException(refused) is { Reason: ErrorReason.InvalidFilter } known)
        {
            throw new DendriteException(ErrorReason.InvalidFilter, $"retention_policy.{known.Message}")
            {
                FieldViolations =
                [
                    .. known.FieldViolations.Select(violation =>
                        violation.Field == Theirs ? violation with { Field = Ours } : violation
                    ),
                ],
                Metadata = known.Metadata,
            };
        }
    }
}

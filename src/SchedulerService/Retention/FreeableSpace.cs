using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Retention;

/// <summary>Measures how much space comes back when branches go.</summary>
internal sealed partial class FreeableSpace(
    BranchService.BranchServiceClient branches,
    RetentionScan scan,
    ILogger<FreeableSpace> logger
)
{
    // Measuring reads what each branch sees; a page must not take the database from those who work.
    private const int AtOnce = 4;

    /// <summary>Fills in the decisions that end in freed space. One call for each of those.</summary>
    public Task MeasureAsync(IReadOnlyList<RetentionDecision> decisions, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            decisions.Where(decision => decision.Action is not RetentionAction.Keep),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (decision, token) => decision.FreeableBytes = await MeasureAsync(decision.Branch, token)
        );

    /// <summary>
    /// In bytes on disk without indexes; 0 where it cannot be said, such as of a branch that just went.
    /// </summary>
    public async Task<long> MeasureAsync(string branch, CancellationToken cancellationToken)
    {
        try
        {
            var usage = await branches.GetBranchUsageAsync(
                new GetBranchUsageRequest { Name = branch },
                scan.Options(cancellationToken)
            );
            return usage.FreeableBytes;
        }
        catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
        {
            // A figure for people: what it is about must not wait for it.
            LogUnmeasured(logger, branch, failure.Status.Detail);
            return 0;
        }
    }
}

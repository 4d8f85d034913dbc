using Dendrite.Contracts.Names;
using Grpc.Core;

namespace Dendrite.BranchService.Branches;

public sealed partial class BranchRpc
{
    public override async Task<V1.GetBranchUsageResponse> GetBranchUsage(
        V1.GetBranchUsageRequest request,
        ServerCallContext context
    )
    {
        var name = BranchName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var measured = await usage.MeasureAsync(project, name.Branch, context.CancellationToken);
        return new()
        {
            OwnBytes = measured.OwnBytes,
            SharedBytes = measured.SharedBytes,
            FreeableBytes = measured.FreeableBytes,
            VisibleSamples = measured.VisibleSamples,
            VisibleRecords = measured.VisibleRecords,
            MeasureTime = Timestamps.Of(settings.Time.GetUtcNow()),
        };
    }
}

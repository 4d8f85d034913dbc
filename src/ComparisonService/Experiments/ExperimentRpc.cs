using Dendrite.Access;
using Dendrite.ComparisonService.Similarity;
using Dendrite.Contracts.Names;
using Dendrite.Operations;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Answers <c>dendrite.v1.ExperimentService</c>.</summary>
public sealed class ExperimentRpc(
    ReachedProjects projects,
    ComparisonOpener opener,
    ExperimentSettler settler,
    OperationStarter operations,
    SimilarWindows similar
) : ExperimentService.ExperimentServiceBase
{
    /// <summary>
    /// Pairs at once, begins what takes long. A project's round trip, those of both sides, one for each 500 streams
    /// of
    /// each, and one to begin.
    /// </summary>
    public override async Task<CompareExperimentsResponse> CompareExperiments(
        CompareExperimentsRequest request,
        ServerCallContext context
    )
    {
        var options = ExperimentSettings.Settle(request.Options);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Project);
        var name = ProjectName.Parse(request.Project, "project");
        var project = await projects.ReachAsync(context, name.Project);
        var work = new WorkProject(project, name);
        // Before heads are read: they may have moved since the first time.
        if (await operations.FindAsync(work, mutation, context.CancellationToken) is { } again)
        {
            return new() { Operation = again };
        }

        var compared = await opener.OpenAsync(request.Project, request.Comparand, context);
        var settled = await settler.SettleAsync(compared, options, context.CancellationToken);
        var asked = new LongWork(ExperimentTask.MethodName, settled.ToMessage())
        {
            // With the digests of both sides, the options and the pairs.
            Identity = [ExperimentComparer.Revision, settled.Comparison],
        };
        return new() { Operation = await operations.StartAsync(work, asked, mutation, context.CancellationToken) };
    }

    /// <summary>
    /// The nearest windows, by page. A project's round trip, one for each snapshot, and those of the scan.
    /// </summary>
    public override async Task<QuerySimilarWindowsResponse> QuerySimilarWindows(
        QuerySimilarWindowsRequest request,
        ServerCallContext context
    )
    {
        var asked = SimilarRequest.Read(request);
        var project = await projects.ReachAsync(context, asked.Stream.Project);
        return await similar.QueryAsync(project, asked, context.CancellationToken);
    }
}

using Dendrite.Access;
using Dendrite.Contracts.Paging;
using Dendrite.Storage;
using Dendrite.Storage.Merging;
using Grpc.Core;

namespace Dendrite.BranchService.Merging;

/// <summary>Merges over gRPC: those done at once here, those that wait in the other part.</summary>
public sealed partial class MergeRpc(
    ReachedProjects projects,
    MergeRunner runner,
    MergeDesk desk,
    MergeStore merges,
    MergeMapper mapper,
    BranchCommits branchCommits,
    BranchFinalizer finalizer
) : V1.MergeService.MergeServiceBase
{
    private const int MaxMessageLength = 4_000;

    public override async Task<V1.PreviewMergeResponse> PreviewMerge(
        V1.PreviewMergeRequest request,
        ServerCallContext context
    )
    {
        var pair = MergeNames.Read(request.Pair);
        _ = MergeDecisions.Read(request.Policy, "policy");
        string[] same = ["PreviewMerge", $"{request.Pair}", $"{request.Policy}"];
        var place = PageToken.Decode(request.PageToken, same);
        var size = PageSize.Resolve(request.PageSize);
        var project = await projects.ReachAsync(context, pair.Target.Project);
        var plan = await runner.PreviewAsync(
            project,
            pair,
            () => MergeDecisions.Read(request.Policy, "policy"),
            context.CancellationToken
        );
        var response = new V1.PreviewMergeResponse
        {
            Outcome =
                plan.IsUndecided ? V1.MergeOutcome.Conflicting
                : plan.Failures.Count > 0 ? V1.MergeOutcome.ChecksFailed
                : MergeRunner.OutcomeOf(plan),
            Counts = plan.Counts,
            SourceVersion = plan.Heads.Source.Version.Value,
            TargetVersion = plan.Heads.Target.Version.Value,
        };
        var (conflicts, next) = ConflictPage.Read(plan.Conflicts, _ => true, place, size);
        response.Conflicts.AddRange(conflicts);
        response.CheckFailures.AddRange(plan.Failures);
        response.CheckWarnings.AddRange(plan.Warnings);
        response.NextPageToken = next is null ? "" : PageToken.Encode(next, same);
        return response;
    }

    public override async Task<V1.MergeBranchResponse> MergeBranch(
        V1.MergeBranchRequest request,
        ServerCallContext context
    )
    {
        var pair = MergeNames.Read(request.Pair);
        var merge = new MergeRequest(
            pair,
            () => MergeDecisions.Read(request.Policy, "policy"),
            Mutations.Of(context, request, request.RequestId, pair.Target.ToString())
        )
        {
            Message = RequestFields.Text(request.Message, "message", MaxMessageLength),
            PolicyJson = $"{request.Policy ?? new()}",
            IfTargetVersion = request.HasIfTargetVersion ? request.IfTargetVersion : null,
        };
        _ = merge.Decisions();
        var project = await projects.ReachAsync(context, pair.Target.Project);
        var done = await runner.MergeAsync(project, merge, context.CancellationToken);
        var response = new V1.MergeBranchResponse { Outcome = done.Outcome };
        response.CheckWarnings.AddRange(done.Warnings);
        if (done.Merge is { } id)
        {
            response.Merge = await ToContractAsync(project, id, pair.Target.Project, context.CancellationToken);
        }

        return response;
    }

    public override async Task<V1.FinalizeBranchResponse> FinalizeBranch(
        V1.FinalizeBranchRequest request,
        ServerCallContext context
    )
    {
        var pair = MergeNames.Read(request.Pair);
        _ = MergeDecisions.Read(request.Policy, "policy");
        RequestFields.Text(request.Message, "message", MaxMessageLength);
        var mutation = Mutations.Of(context, request, request.RequestId, pair.Source.ToString());
        var project = await projects.ReachAsync(context, pair.Target.Project);
        return new()
        {
            Operation = await finalizer.FinalizeAsync(project, request, mutation, context.CancellationToken),
        };
    }

    public override async Task<V1.RevertCommitResponse> RevertCommit(
        V1.RevertCommitRequest request,
        ServerCallContext context
    )
    {
        var branch = Contracts.Names.BranchName.Parse(request.Branch, "branch");
        var commit = Contracts.Names.CommitName.Parse(request.Commit, "commit");
        if (commit.Project != branch.Project)
        {
            throw Errors.DendriteException.Invalid("commit", $"is not of project '{branch.Project}'");
        }

        _ = MergeDecisions.Read(request.Policy, "policy");
        RequestFields.Text(request.Message, "message", MaxMessageLength);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Branch);
        var project = await projects.ReachAsync(context, branch.Project);
        return await branchCommits.RevertAsync(project, request, mutation, context.CancellationToken);
    }

    public override async Task<V1.PickRecordsResponse> PickRecords(
        V1.PickRecordsRequest request,
        ServerCallContext context
    )
    {
        var pick = PickRequest.Read(request);
        RequestFields.Text(request.Message, "message", MaxMessageLength);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Target);
        var project = await projects.ReachAsync(context, pick.Target.Project);
        return await branchCommits.PickAsync(project, pick, mutation, context.CancellationToken);
    }

    private async Task<V1.Merge> ToContractAsync(
        ProjectId project,
        MergeId id,
        string projectName,
        CancellationToken cancellationToken
    )
    {
        var merge = await merges.GetAsync(project, id, cancellationToken);
        return await mapper.ToContractAsync(project, merge, projectName, cancellationToken);
    }
}

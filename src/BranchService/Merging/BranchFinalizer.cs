using System.Security.Cryptography;
using Dendrite.BranchService.Branches;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Operations;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Tags;
using Dendrite.Versioning;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Checks and merges a branch, tags the result, deletes the branch. Each step is done at most once for a request id: it
/// is asked for under an id made of that one and the step's name, so a caller that asks again after a crash anywhere
/// goes on where it stopped. The branch is deleted only where it stands as it was merged. Thread-safe.
/// </summary>
public sealed class BranchFinalizer(
    MergeRunner runner,
    MergeStore merges,
    MergeMapper mapper,
    FinalizeDemands demands,
    TagWriter tags,
    BranchWriter branches,
    IdempotencyStore requests,
    OperationStore operations,
    IOptions<BranchOptions> options,
    TimeProvider time
)
{
    private const string Method = "dendrite.v1.MergeService/FinalizeBranch";

    internal async Task<V1.Operation> FinalizeAsync(
        ProjectId project,
        V1.FinalizeBranchRequest request,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var began = time.GetUtcNow();
        var pair = MergeNames.Read(request.Pair);
        var tag = request.TagId.Length == 0 ? null : ResourceId.Check(request.TagId, "tag_id");
        var root = mutation.RequestId ?? Guid.CreateVersion7(began);
        var merge = new MergeRequest(
            pair,
            () => MergeDecisions.Read(request.Policy, "policy"),
            Step(mutation, root, "merge")
        )
        {
            Message = request.Message,
            PolicyJson = $"{request.Policy ?? new()}",
        };
        var done = await MergeAsync(project, merge, (tag, request.KeepSource), cancellationToken);
        var merged = await ReadAsync(project, pair, done, cancellationToken);
        var result = new V1.FinalizeResult { SourceDeleted = !request.KeepSource };
        result.CheckWarnings.AddRange(done.Warnings);
        try
        {
            if (tag is not null)
            {
                result.Tag = await TagAsync(project, tag, merged, Step(mutation, root, "tag"), cancellationToken);
            }

            if (!request.KeepSource)
            {
                await DeleteAsync(project, merged, Step(mutation, root, "delete"), cancellationToken);
            }
        }
        catch (DendriteException refusal) when (IsOfSteps(refusal.Reason))
        {
            throw OfRest(merged, result.Tag.Length > 0 ? tag : null, refusal);
        }

        if (merged.Record is { } record)
        {
            result.Merge = await mapper.ToContractAsync(project, record, pair.Target.Project, cancellationToken);
        }

        var operation = OperationOf(root, pair, mutation, result, began);
        await KeepAsync(project, operation, cancellationToken);
        return operation;
    }

    /// <summary>Merges where the later steps can be done as well; of a repeated request, what was done then.</summary>
    private Task<MergeDone> MergeAsync(
        ProjectId project,
        MergeRequest merge,
        (string? Tag, bool KeepsSource) rest,
        CancellationToken cancellationToken
    ) =>
        runner.OnceAsync(
            project,
            merge,
            async () =>
            {
                await demands.CheckAsync(project, merge.Pair, rest.Tag, rest.KeepsSource, cancellationToken);
                return await runner.MergeAsync(project, merge, cancellationToken);
            },
            cancellationToken
        );

    /// <summary>The merge that was done, with its branches as they are called now.</summary>
    private async Task<FinalizedMerge> ReadAsync(
        ProjectId project,
        MergeNames pair,
        MergeDone done,
        CancellationToken cancellationToken
    )
    {
        if (done.Merge is not { } id)
        {
            var had = done.TargetVersion is { } version ? SnapshotPoint.At(version) : SnapshotPoint.Head;
            return new(pair, null, done.SourceVersion, had) { Source = done.Source };
        }

        var record = await merges.GetAsync(project, id, cancellationToken);
        var made = record.Commit is { } commit ? SnapshotPoint.At(commit) : SnapshotPoint.Head;
        return new(MergeNames.Of(record, pair.Target.Project), record, record.Progress.SourceVersion, made)
        {
            Source = record.Subject.Source,
        };
    }

    /// <summary>For whoever lists operations: it is done already.</summary>
    private Task KeepAsync(ProjectId project, V1.Operation operation, CancellationToken cancellationToken) =>
        operations.AddDoneAsync(
            project,
            new(OperationName.Parse(operation.Name).Operation, Method, Request: [], WorkDigest: null),
            new(V1.FinalizeResult.Descriptor.FullName, operation.Response.Value.ToByteArray()),
            (operation.Creator, operation.CreateTime.ToDateTimeOffset()),
            cancellationToken
        );

    private async Task<string> TagAsync(
        ProjectId project,
        string tag,
        FinalizedMerge merged,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var created = await tags.CreateAsync(
            project,
            new(tag, Guid.CreateVersion7(time.GetUtcNow()), merged.Pair.Target.Branch, merged.Result)
            {
                Creator = mutation.Actor,
                Description = $"{merged.Pair.Source.Branch}, finalized",
            },
            mutation,
            cancellationToken
        );
        return new TagName(merged.Pair.Target.Project, created.Name).ToString();
    }

    private async Task DeleteAsync(
        ProjectId project,
        FinalizedMerge merged,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        // Looked up first: a branch that was deleted then may be purged, and its name another one's.
        if (await requests.FindAsync(project, mutation, cancellationToken) is not null)
        {
            return;
        }

        var name = merged.Pair.Source.Branch;
        try
        {
            if (merged.Source is { } source)
            {
                name = await demands.FindSourceAsync(project, source, cancellationToken);
            }

            if (name is not null)
            {
                var target = new BranchTarget(name) { Head = merged.SourceVersion };
                await branches.DeleteAsync(project, target, options.Value.UndeleteWindow, mutation, cancellationToken);
            }
        }
        catch (DendriteException gone) when (gone.Reason == ErrorReason.BranchNotFound)
        {
            // Somebody else deleted it meanwhile: nothing is left to do.
        }
    }

    /// <summary>Whether the reason is one for which a step after the merge is refused.</summary>
    private static bool IsOfSteps(ErrorReason reason) =>
        reason
            is ErrorReason.AlreadyExists
                or ErrorReason.BranchNotFound
                or ErrorReason.BranchProtected
                or ErrorReason.CommitNotFound
                or ErrorReason.HeadMoved;

    /// <summary>The refusal of a step, with what is done before it and stays.</summary>
    /// <param name="tag">The tag that was made; null: none.</param>
    private static DendriteException OfRest(FinalizedMerge merged, string? tag, DendriteException refusal)
    {
        var source = merged.Pair.Source.Branch;
        var isMerged = merged.Record is { } record ? $"is merged ({record.Id})" : "had nothing to merge";
        var isTagged = tag is null ? "" : $", tagged '{tag}'";
        var remedy =
            refusal.Reason == ErrorReason.HeadMoved
                ? $"it does not stand at version {merged.SourceVersion} any more, which was merged. Finalize it again, "
                    + "as a new request, for what came since, or delete it."
                : $"{refusal.Message} Ask again with the same request id when that is settled.";
        return new(refusal.Reason, $"Branch '{source}' {isMerged}{isTagged}, and is kept: {remedy}", refusal);
    }

    private V1.Operation OperationOf(
        Guid root,
        MergeNames pair,
        Mutation mutation,
        V1.FinalizeResult result,
        DateTimeOffset began
    ) =>
        new()
        {
            Name = new OperationName(pair.Target.Project, $"finalize-{root}").ToString(),
            Method = Method,
            State = V1.OperationState.Succeeded,
            CreateTime = Timestamps.Of(began),
            UpdateTime = Timestamps.Of(time.GetUtcNow()),
            EndTime = Timestamps.Of(time.GetUtcNow()),
            Creator = mutation.Actor,
            Response = Any.Pack(result),
        };

    /// <summary>The mutation of one step: the same request gives the same id each time.</summary>
    private static Mutation Step(Mutation mutation, Guid root, string step)
    {
        var bytes = SHA256.HashData([.. root.ToByteArray(), .. System.Text.Encoding.UTF8.GetBytes(step)]);
        return mutation with { RequestId = new Guid(bytes.AsSpan(0, 16)) };
    }

    /// <param name="Pair">The branches that were merged, by their names now.</param>
    /// <param name="Record">Null: there was nothing to merge.</param>
    /// <param name="SourceVersion">The state of the source that was merged.</param>
    /// <param name="Result">The target with the merge, and not whatever it has become since.</param>
    private sealed record FinalizedMerge(
        MergeNames Pair,
        MergeRecord? Record,
        CommitVersion SourceVersion,
        SnapshotPoint Result
    )
    {
        /// <summary>Whatever it is called; null: it was done before that was kept.</summary>
        public BranchId? Source { get; init; }
    }
}

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
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Checks and merges a branch, tags the result, deletes the branch. Each step is done at most once for a request id: it
/// is asked for under an id made of that one and the step's name, so a caller that asks again after a crash anywhere
/// goes on where it stopped. Thread-safe.
/// </summary>
public sealed class BranchFinalizer(
    MergeRunner runner,
    MergeStore merges,
    MergeMapper mapper,
    TagWriter tags,
    BranchWriter branches,
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
        var result = new V1.FinalizeResult();
        var done = await MergeAsync(project, merge, request, cancellationToken);
        result.CheckWarnings.AddRange(done?.Warnings ?? []);
        if (done?.Merge is { } id)
        {
            var stored = await merges.GetAsync(project, id, cancellationToken);
            result.Merge = await mapper.ToContractAsync(project, stored, pair.Target.Project, cancellationToken);
        }

        if (tag is not null)
        {
            result.Tag = await TagAsync(project, tag, (pair, result), Step(mutation, root, "tag"), cancellationToken);
        }

        result.SourceDeleted = !request.KeepSource;
        if (!request.KeepSource)
        {
            await branches.DeleteAsync(
                project,
                new(pair.Source.Branch),
                options.Value.UndeleteWindow,
                Step(mutation, root, "delete"),
                cancellationToken
            );
        }

        var operation = OperationOf(root, pair, mutation, result, began);
        await KeepAsync(project, operation, cancellationToken);
        return operation;
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

    private async Task<MergeDone?> MergeAsync(
        ProjectId project,
        MergeRequest merge,
        V1.FinalizeBranchRequest request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await runner.MergeAsync(project, merge, cancellationToken);
        }
        catch (DendriteException gone)
            when (gone.Reason == ErrorReason.BranchNotFound && request.RequestId.Length > 0 && !request.KeepSource)
        {
            // Nothing was to be merged, and the first time the branch was deleted already: the next step says so.
            return null;
        }
    }

    private async Task<string> TagAsync(
        ProjectId project,
        string tag,
        (MergeNames Pair, V1.FinalizeResult Result) merged,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        // The merge itself, not whatever the target has become since.
        var version = merged.Result.Merge?.Commit?.Version;
        var point = version is { } made ? SnapshotPoint.At(new Versioning.CommitVersion(made)) : SnapshotPoint.Head;
        var created = await tags.CreateAsync(
            project,
            new(tag, Guid.CreateVersion7(time.GetUtcNow()), merged.Pair.Target.Branch, point)
            {
                Creator = mutation.Actor,
                Description = $"{merged.Pair.Source.Branch}, finalized",
            },
            mutation,
            cancellationToken
        );
        return new TagName(merged.Pair.Target.Project, created.Name).ToString();
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
}

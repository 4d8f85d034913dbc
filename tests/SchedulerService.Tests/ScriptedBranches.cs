using System.Collections.Concurrent;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests;

/// <summary>
/// A Branch service that has the branches of a test, answers in pages of two, and remembers what it was asked.
/// </summary>
internal sealed class ScriptedBranches : V1.BranchService.BranchServiceBase
{
    public ConcurrentDictionary<string, Branch> Branches { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<DeleteBranchRequest> Deletions { get; } = new();

    /// <summary>Awaited before each deletion.</summary>
    public Func<DeleteBranchRequest, ServerCallContext, Task> BeforeDelete { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Called before each listing.</summary>
    public Action BeforeList { get; set; } = () => { };

    public void Add(string id, DateTimeOffset? expireTime, bool isProtected = false) =>
        Branches[$"projects/lab/branches/{id}"] = new Branch
        {
            Name = $"projects/lab/branches/{id}",
            Uid = id,
            Etag = "1",
            ExpireTime = expireTime?.ToTimestamp(),
            Protected = isProtected,
        };

    public override Task<ListBranchesResponse> ListBranches(ListBranchesRequest request, ServerCallContext context)
    {
        BeforeList();
        var page = Branches
            .Values.Where(branch => branch.DeleteTime is null)
            .Where(branch => string.CompareOrdinal(branch.Name, request.PageToken) > 0)
            .OrderBy(branch => branch.Name, StringComparer.Ordinal)
            .Take(2)
            .ToList();
        return Task.FromResult(
            new ListBranchesResponse { Branches = { page }, NextPageToken = page.Count == 2 ? page[^1].Name : "" }
        );
    }

    public override async Task<DeleteBranchResponse> DeleteBranch(
        DeleteBranchRequest request,
        ServerCallContext context
    )
    {
        await BeforeDelete(request, context);
        Deletions.Enqueue(request);
        var branch = Branches[request.Name];
        if (branch.Etag != request.Etag)
            throw ErrorStatus.ToRpcException(new DendriteException(ErrorReason.EtagMismatch, "It was extended."));
        branch.DeleteTime = new Timestamp { Seconds = 1 };
        return new DeleteBranchResponse { Branch = branch };
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests;

/// <summary>
/// A Branch service that has the branches of a test, answers in pages of two, and remembers what it was asked. No
/// retention policy matches them: their own expiry decides.
/// </summary>
internal sealed class ScriptedBranches : V1.BranchService.BranchServiceBase
{
    public ConcurrentDictionary<string, Branch> Branches { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<DeleteBranchRequest> Deletions { get; } = new();

    /// <summary>Awaited before each deletion.</summary>
    public Func<DeleteBranchRequest, ServerCallContext, Task> BeforeDelete { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Called before each listing.</summary>
    public Action BeforeList { get; set; } = () => { };

    /// <summary>Called with each branch that is added.</summary>
    public Action<string, Branch> Added { get; set; } = (_, _) => { };

    public void Add(string id, DateTimeOffset? expireTime, bool isProtected = false)
    {
        var branch = new Branch
        {
            Name = $"projects/lab/branches/{id}",
            Uid = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16)).ToString(),
            Etag = "1",
            CreateTime = new Timestamp(),
            ExpireTime = expireTime?.ToTimestamp(),
            Protected = isProtected,
        };
        Branches[branch.Name] = branch;
        Added(id, branch);
    }

    public override Task<ListBranchesResponse> ListBranches(ListBranchesRequest request, ServerCallContext context)
    {
        BeforeList();
        var page = Branches
            // It knows no filters: no policy matches anything.
            .Values.Where(branch => branch.DeleteTime is null && request.Filter.Length == 0)
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

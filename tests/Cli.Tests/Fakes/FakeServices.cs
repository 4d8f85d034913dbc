using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

internal sealed class FakeBranchService(FakeState state) : BranchService.BranchServiceBase
{
    public override Task<CreateBranchResponse> CreateBranch(CreateBranchRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        if (request.Source is { Branch.Length: > 0 } source)
        {
            state.FindBranch(source.Branch);
        }
        var branch = request.Branch ?? new Branch();
        branch.Name = $"{request.Parent}/branches/{request.BranchId}";
        branch.State = BranchState.Active;
        return state.Branches.TryAdd(branch.Name, branch)
            ? Task.FromResult(new CreateBranchResponse { Branch = branch })
            : throw FakeState.Error(ErrorReason.AlreadyExists, $"{branch.Name} exists already. Choose another id.");
    }

    public override Task<GetBranchResponse> GetBranch(GetBranchRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        return Task.FromResult(new GetBranchResponse { Branch = state.FindBranch(request.Name) });
    }

    public override Task<ListBranchesResponse> ListBranches(ListBranchesRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        // One a page, so that paging is walked.
        var names = state.Branches.Keys.Order(StringComparer.Ordinal).ToList();
        int index = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken);
        return Task.FromResult(
            new ListBranchesResponse
            {
                Branches = { state.Branches[names[index]] },
                NextPageToken = index + 1 < names.Count ? $"{index + 1}" : "",
            }
        );
    }

    public override Task<DeleteBranchResponse> DeleteBranch(DeleteBranchRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        var branch = state.FindBranch(request.Name);
        branch.State = BranchState.Deleted;
        return Task.FromResult(new DeleteBranchResponse { Branch = branch });
    }
}

internal sealed class FakeComparisonService(FakeState state) : ComparisonService.ComparisonServiceBase
{
    public override Task<DiffBranchesResponse> DiffBranches(DiffBranchesRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        var from = StreamsOf(request.Comparand.From.Branch);
        var to = StreamsOf(request.Comparand.To.Branch);
        var response = new DiffBranchesResponse
        {
            Comparand = new() { From = request.Comparand.From, To = request.Comparand.To },
        };
        foreach (string id in to.Keys.Except(from.Keys, StringComparer.Ordinal))
        {
            response.Streams.Add(
                new StreamDifference
                {
                    StreamId = id,
                    Side = DiffSide.OnlyTo,
                    To = new() { ChannelCount = to[id].Samples.Length, SampleCount = to[id].End },
                }
            );
        }
        return Task.FromResult(response);
    }

    private Dictionary<string, FakeStream> StreamsOf(string branch) =>
        state
            .Streams.Where(entry => entry.Key.StartsWith($"{state.FindBranch(branch).Name}/", StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key.Split('/')[^1], entry => entry.Value, StringComparer.Ordinal);
}

using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf;
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
    /// <summary>Streams, and then the dataset on a page of its own. Every branch is written to meanwhile.</summary>
    public override Task<DiffBranchesResponse> DiffBranches(DiffBranchesRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        if (request.PageToken.Length > 0 && request.Comparand is not { From.Point: not null, To.Point: not null })
        {
            throw FakeState.Error(ErrorReason.InvalidPageToken, "A branch moved on. Begin with the first page.");
        }
        var from = StreamsOf(request.Comparand.From.Branch);
        var to = StreamsOf(request.Comparand.To.Branch);
        var response = new DiffBranchesResponse
        {
            Comparand = new() { From = Settled(request.Comparand.From), To = Settled(request.Comparand.To) },
        };
        if (request.PageToken.Length > 0)
        {
            response.Datasets.Add(
                new DatasetDifference { DatasetId = state.DifferentDataset, Side = DiffSide.Changed }
            );
            return Task.FromResult(response);
        }
        response.NextPageToken = state.DifferentDataset ?? "";
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

    /// <summary>The first sample of each channel group differs, and by 2 in each channel.</summary>
    public override Task<DiffStreamResponse> DiffStream(DiffStreamRequest request, ServerCallContext context)
    {
        var (from, to) = (SideOf(request.Comparand.From), SideOf(request.Comparand.To));
        var channels = StreamsOf(request.Comparand.To.Branch)[request.StreamId].Descriptor.Channels;
        var response = new DiffStreamResponse
        {
            Comparand = new() { From = Settled(request.Comparand.From), To = Settled(request.Comparand.To) },
            Difference = new()
            {
                StreamId = request.StreamId,
                Side = DiffSide.Changed,
                From = from,
                To = to,
            },
            Ranges =
            {
                channels
                    .Select(channel => channel.ChannelGroup)
                    .Distinct()
                    .Select(group => new RangeDifference
                    {
                        Range = new() { EndSample = 1 },
                        ChannelGroup = group,
                        Side = DiffSide.Changed,
                    }),
            },
            Channels =
            {
                channels.Select(channel => new ChannelDifference
                {
                    Channel = channel.Label,
                    DifferingSamples = 1,
                    ComparedSamples = 1,
                    MaximumDifference = 2,
                    RootMeanSquareDifference = 2,
                }),
            },
        };
        return Task.FromResult(response);

        StreamSummary SideOf(SnapshotReference side) => new() { Stream = $"{side.Branch}/streams/{request.StreamId}" };
    }

    public override Task<ListRecordDifferencesResponse> ListRecordDifferences(
        ListRecordDifferencesRequest request,
        ServerCallContext context
    )
    {
        RequireDatasets(request.DatasetIds);
        return Task.FromResult(new ListRecordDifferencesResponse());
    }

    /// <summary>The versions of both sides, 0 where it does not say which.</summary>
    public override Task ExportDiff(
        ExportDiffRequest request,
        IServerStreamWriter<ExportDiffResponse> responseStream,
        ServerCallContext context
    )
    {
        RequireDatasets(request.DatasetIds);
        var (from, to) = (request.Comparand.From.Point?.Version ?? 0, request.Comparand.To.Point?.Version ?? 0);
        return responseStream.WriteAsync(new() { Data = ByteString.CopyFromUtf8($"{from} {to}\n") });
    }

    private static SnapshotReference Settled(SnapshotReference asked) =>
        asked.Point is null
            ? new()
            {
                Branch = asked.Branch,
                Point = new() { Version = 7 },
            }
            : asked;

    private static void RequireDatasets(IEnumerable<string> ids)
    {
        foreach (var unknown in ids.Except(["labs", "doses"]))
        {
            throw FakeState.Error(ErrorReason.DatasetNotFound, $"Dataset '{unknown}' is on neither side.");
        }
    }

    private Dictionary<string, FakeStream> StreamsOf(string branch) =>
        state
            .Streams.Where(entry => entry.Key.StartsWith($"{state.FindBranch(branch).Name}/", StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key.Split('/')[^1], entry => entry.Value, StringComparer.Ordinal);
}

using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>A project with more merges than a page holds.</summary>
internal sealed class FakeMerges : MergeService.MergeServiceBase
{
    public const int Count = 1_250;

    private const int MaxPage = 1_000;

    public override Task<ListMergesResponse> ListMerges(ListMergesRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        var first = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken);
        var size = request.PageSize == 0 ? 100 : Math.Min(request.PageSize, MaxPage);
        var page = Enumerable.Range(first, Math.Min(size, Count - first)).Select(Merge);
        var end = first + size;
        return Task.FromResult(
            new ListMergesResponse { Merges = { page }, NextPageToken = end < Count ? $"{end}" : "" }
        );
    }

    /// <summary>The newest first.</summary>
    private static Merge Merge(int place) =>
        new()
        {
            Name = $"projects/lab/merges/m{Count - place}",
            State = MergeState.Completed,
            Pair = new() { Source = "projects/lab/branches/trial", Target = "projects/lab/branches/main" },
        };
}

using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>A branch with many commits.</summary>
internal sealed class FakeHistory : HistoryService.HistoryServiceBase
{
    public override Task<ListCommitsResponse> ListCommits(ListCommitsRequest request, ServerCallContext context)
    {
        var (places, next) = FakePages.Of(request.PageSize, request.PageToken);
        var commits = places.Select(place => new Commit
        {
            Name = $"{request.Parent}/commits/{FakePages.Count - place}",
            Version = FakePages.Count - place,
            CommitTime = new Timestamp(),
        });
        return Task.FromResult(new ListCommitsResponse { Commits = { commits }, NextPageToken = next });
    }
}

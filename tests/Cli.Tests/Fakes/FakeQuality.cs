using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>Many results of checks that held.</summary>
internal sealed class FakeQuality : QualityService.QualityServiceBase
{
    public override Task<ListQualityResultsResponse> ListQualityResults(
        ListQualityResultsRequest request,
        ServerCallContext context
    )
    {
        var (places, next) = FakePages.Of(request.PageSize, request.PageToken);
        var results = places.Select(place => new QualityResult
        {
            Snapshot = new()
            {
                Branch = $"{request.Parent}/branches/main",
                Point = new() { Version = place },
            },
            CreateTime = new(),
            Passed = true,
        });
        return Task.FromResult(new ListQualityResultsResponse { Results = { results }, NextPageToken = next });
    }
}

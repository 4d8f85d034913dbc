using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>Answers with the source as it was written; the one that is there is <c>weather</c>.</summary>
internal sealed class FakeSources : SyncService.SyncServiceBase
{
    public override Task<CreateSyncSourceResponse> CreateSyncSource(
        CreateSyncSourceRequest request,
        ServerCallContext context
    ) => Task.FromResult(new CreateSyncSourceResponse { SyncSource = request.SyncSource });

    public override Task<GetSyncSourceResponse> GetSyncSource(
        GetSyncSourceRequest request,
        ServerCallContext context
    ) =>
        Task.FromResult(
            new GetSyncSourceResponse
            {
                SyncSource = new() { Name = request.Name, Dataset = "projects/lab/branches/main/datasets/weather" },
            }
        );

    /// <summary>Takes only what the mask names.</summary>
    public override async Task<UpdateSyncSourceResponse> UpdateSyncSource(
        UpdateSyncSourceRequest request,
        ServerCallContext context
    )
    {
        var changed = (await GetSyncSource(new() { Name = request.SyncSource.Name }, context)).SyncSource;
        request.UpdateMask.Merge(request.SyncSource, changed);
        return new() { SyncSource = changed };
    }

    public override Task<ListDeadLettersResponse> ListDeadLetters(
        ListDeadLettersRequest request,
        ServerCallContext context
    )
    {
        var (places, next) = FakePages.Of(request.PageSize, request.PageToken);
        var letters = places.Select(place => new DeadLetter
        {
            DeadLetterId = $"{place}",
            Error = new(),
            Item = Value.ForNull(),
        });
        return Task.FromResult(new ListDeadLettersResponse { DeadLetters = { letters }, NextPageToken = next });
    }
}

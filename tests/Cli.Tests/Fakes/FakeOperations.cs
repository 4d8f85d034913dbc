using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>What the one operation is found like, look after look.</summary>
internal sealed class FakeOperations : FakeLooks<Operation>
{
    public const string Name = "projects/lab/operations/7";

    /// <summary>One that goes on.</summary>
    public static Operation Going(string step = "comparing") =>
        new()
        {
            Name = Name,
            State = OperationState.Running,
            CreateTime = new Timestamp { Seconds = 990 },
            Progress = new() { Step = step },
        };

    /// <summary>One that ended as wanted.</summary>
    public static Operation Done() =>
        new()
        {
            Name = Name,
            State = OperationState.Succeeded,
            CreateTime = new Timestamp { Seconds = 990 },
            EndTime = new Timestamp { Seconds = 1_000 },
            Response = Any.Pack(new Empty()),
        };
}

/// <summary>The service of operations, as far as one goes.</summary>
internal sealed class FakeOperationService(FakeOperations operations) : OperationService.OperationServiceBase
{
    public override Task<ListOperationsResponse> ListOperations(
        ListOperationsRequest request,
        ServerCallContext context
    )
    {
        var (places, next) = FakePages.Of(request.PageSize, request.PageToken);
        var found = places.Select(_ => FakeOperations.Going());
        return Task.FromResult(new ListOperationsResponse { Operations = { found }, NextPageToken = next });
    }

    public override Task<GetOperationResponse> GetOperation(GetOperationRequest request, ServerCallContext context) =>
        Task.FromResult(new GetOperationResponse { Operation = FakeOperations.Going("waiting") });

    public override Task<WaitOperationResponse> WaitOperation(
        WaitOperationRequest request,
        ServerCallContext context
    ) => Task.FromResult(new WaitOperationResponse { Operation = operations.Look() });
}

using Dendrite.Contracts.Errors;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Sync;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Sync;

/// <summary>Calls that the service ends before all was sent.</summary>
public sealed class RecordUpsertsTests
{
    public static TheoryData<Exception> Breaks =>
        [
            new InvalidOperationException("The call is over."),
            new IOException("The request was aborted."),
            new RpcException(new Status(StatusCode.Cancelled, "Call canceled by the client.")),
        ];

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task A_refusal_that_comes_while_records_are_sent_is_told_with_its_reason(Exception onWrite)
    {
        var refusal = new DendriteException(ErrorReason.PermissionDenied, "The key may not write there.");
        var calls = new RefusingCalls(onWrite, ErrorStatus.ToRpcException(refusal));
        var upserts = new RecordUpserts(
            new RecordService.RecordServiceClient(calls),
            new DatasetName("lab", "main", "items"),
            new GrpcRetries(new SyncOptions(), maxAttempts: 1, TimeProvider.System),
            TimeProvider.System
        );
        var refused = await Assert.ThrowsAsync<DendriteException>(() =>
            upserts.WriteAsync(
                [new(null!, new(), "a")],
                validateOnly: false,
                new(),
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal((refusal.Reason, refusal.Message), (refused.Reason, refused.Message));
    }

    /// <summary>A write breaks, and the answer says why.</summary>
    private sealed class RefusingCalls(Exception onWrite, RpcException answer) : CallInvoker
    {
        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options
        ) =>
            new(
                new BrokenStream<TRequest>(onWrite),
                Task.FromException<TResponse>(answer),
                Task.FromResult(new Metadata()),
                () => answer.Status,
                () => [],
                () => { }
            );

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        ) => throw new NotSupportedException();

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        ) => throw new NotSupportedException();

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        ) => throw new NotSupportedException();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options
        ) => throw new NotSupportedException();
    }

    private sealed class BrokenStream<T>(Exception failure) : IClientStreamWriter<T>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(T message) => Task.FromException(failure);

        public Task WriteAsync(T message, CancellationToken cancellationToken) => Task.FromException(failure);

        public Task CompleteAsync() => Task.FromException(failure);
    }
}

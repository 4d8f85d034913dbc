using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;
using Polly;
using Polly.Retry;

namespace Dendrite.SchedulerService.Sync.Writing;

/// <summary>Calls to other services of the platform: what passes is tried again, the rest is thrown as they named
/// it.</summary>
internal sealed class GrpcRetries
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(2);

    private readonly ResiliencePipeline retries;
    private readonly TimeProvider time;

    public GrpcRetries(SyncOptions options, int maxAttempts, TimeProvider time)
    {
        this.time = time;
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = time };
        if (maxAttempts > 1)
        {
            pipeline.AddRetry(
                new RetryStrategyOptions
                {
                    MaxRetryAttempts = maxAttempts - 1,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.FirstDelay,
                    MaxDelay = options.MaxDelay,
                    ShouldHandle = arguments => ValueTask.FromResult(IsPassing(arguments.Outcome.Exception)),
                }
            );
        }

        retries = pipeline.Build();
    }

    /// <exception cref="DendriteException">What the service says.</exception>
    public async Task<T> CallAsync<T>(
        Func<CallOptions, CancellationToken, Task<T>> call,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await retries.ExecuteAsync(
                async token =>
                    await call(
                        new(deadline: (time.GetUtcNow() + CallTimeout).UtcDateTime, cancellationToken: token),
                        token
                    ),
                cancellationToken
            );
        }
        catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw ErrorStatus.FromRpcException(failure)
                ?? new DendriteException(
                    ErrorReason.Unavailable,
                    "The service that keeps the records does not answer; the next attempt goes on from here.",
                    failure
                );
        }
    }

    private static bool IsPassing(Exception? failure) =>
        failure is RpcException rpc
        && (
            ErrorStatus.FromRpcException(rpc) is { } known
                ? known.Reason == ErrorReason.Unavailable
                : rpc.StatusCode
                    is StatusCode.Unavailable
                        or StatusCode.Internal
                        or StatusCode.Unknown
                        or StatusCode.DeadlineExceeded
        );
}

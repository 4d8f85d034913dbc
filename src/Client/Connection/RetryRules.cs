using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Dendrite.Client.Connection;

/// <summary>
/// Which failures pass by themselves. UNAVAILABLE and a broken connection do; whatever says that the request is at
/// fault, or that another writer took over, does not, however often it is tried.
/// </summary>
internal static class RetryRules
{
    /// <summary>Whether the same call may succeed a moment later.</summary>
    public static bool IsPassing(Exception failure) =>
        failure switch
        {
            DendriteException known => known.Reason is ErrorReason.Unavailable or ErrorReason.QuotaExceeded,
            // A service of ours says why it failed; a failure that does not came from the way there or from a proxy.
            RpcException rpc => ErrorStatus.FromRpcException(rpc) is { } error
                ? IsPassing(error)
                : rpc.StatusCode
                    is StatusCode.Unavailable
                        or StatusCode.Internal
                        or StatusCode.Unknown
                        or StatusCode.Cancelled
                        or StatusCode.DeadlineExceeded,
            HttpRequestException or IOException => true,
            _ => false,
        };

    /// <summary>The failure as the platform names it, where it does.</summary>
    public static Exception Explain(Exception failure) =>
        failure is RpcException rpc && ErrorStatus.FromRpcException(rpc) is { } error ? error : failure;

    /// <summary>Retries passing failures until <paramref name="mayGoOn"/> says that it was long enough.</summary>
    public static ResiliencePipeline BuildPipeline(RetryOptions options, TimeProvider time, Func<bool> mayGoOn) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = arguments =>
                        ValueTask.FromResult(
                            arguments.Outcome.Exception is { } failure && IsPassing(failure) && mayGoOn()
                        ),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.FirstDelay,
                    MaxDelay = options.MaxDelay,
                    MaxRetryAttempts = int.MaxValue,
                }
            )
            .Build();

    /// <summary>Opens when passing failures are nearly all that comes back.</summary>
    public static ResiliencePipeline BuildCircuit(CircuitOptions options, TimeProvider time) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions
                {
                    ShouldHandle = arguments =>
                        ValueTask.FromResult(arguments.Outcome.Exception is { } failure && IsPassing(failure)),
                    FailureRatio = 0.9,
                    MinimumThroughput = Math.Max(2, options.Failures),
                    SamplingDuration = TimeSpan.FromSeconds(10),
                    BreakDuration = options.Break,
                }
            )
            .Build();
}

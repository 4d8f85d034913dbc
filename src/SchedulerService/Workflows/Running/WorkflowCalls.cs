using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Grpc.Core;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>
/// Calls to the other services of the platform. Clients are looked up when they are needed: a scheduler that nobody has
/// told where those are still does everything else. Thread-safe.
/// </summary>
internal sealed class WorkflowCalls(IServiceProvider services, TimeProvider time)
{
    /// <summary>A merge reads and checks what diverged; everything else is much quicker.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Calls, where the run is still this worker's.</summary>
    /// <exception cref="RunLostException">It is not.</exception>
    /// <exception cref="DendriteException">What the service says, or UNAVAILABLE.</exception>
    public async Task<TResponse> DoAsync<TClient, TResponse>(
        RunContext run,
        Func<TClient, CallOptions, AsyncUnaryCall<TResponse>> call,
        CancellationToken cancellationToken
    )
        where TClient : ClientBase<TClient>
    {
        run.Lease.ThrowIfLost();
        var options = new CallOptions(
            deadline: (time.GetUtcNow() + CallTimeout).UtcDateTime,
            cancellationToken: cancellationToken
        );
        try
        {
            return await call(services.GetRequiredService<TClient>(), options);
        }
        catch (RpcException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (RpcException failure)
        {
            throw ErrorStatus.FromRpcException(failure)
                ?? new DendriteException(
                    ErrorReason.Unavailable,
                    $"The platform does not answer ({failure.StatusCode}): {failure.Status.Detail}",
                    failure
                );
        }
    }
}

using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>
/// Ends a replica in the midst of its work, as a power cut or a paused machine does: from one of the points that its
/// work passes on, nothing it does comes back, and nobody is told. Thread-safe.
/// </summary>
internal sealed class Mortality
{
    private readonly Lock gate = new();
    private TaskCompletionSource died = New();
    private TaskCompletionSource woken = New();
    private int left = int.MaxValue;

    public bool IsArmed
    {
        get
        {
            lock (gate)
                return left < int.MaxValue;
        }
    }

    /// <summary>Completes when it dies.</summary>
    public Task Died
    {
        get
        {
            lock (gate)
                return died.Task;
        }
    }

    public bool IsDead => Died.IsCompleted;

    /// <summary>It dies at its so-manieth point from now.</summary>
    public void Arm(int points)
    {
        lock (gate)
            left = points;
    }

    /// <summary>A point of the replica's work: does not come back while it is dead.</summary>
    public Task PassAsync()
    {
        lock (gate)
        {
            if (left < int.MaxValue && --left == 0)
            {
                left = int.MaxValue;
                died.TrySetResult();
            }

            return died.Task.IsCompleted ? woken.Task : Task.CompletedTask;
        }
    }

    /// <summary>It was only paused: everything goes on where it stood.</summary>
    public void Wake()
    {
        TaskCompletionSource sleeping;
        lock (gate)
        {
            sleeping = woken;
            (died, woken, left) = (New(), New(), int.MaxValue);
        }

        sleeping.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// A point before each call to another service and one after it: a replica may die before the deed, or after it without
/// ever learning of it.
/// </summary>
internal sealed class MortalCalls(Mortality mortality) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation
    ) =>
        new(
            CallAsync(() => continuation(request, context)),
            Task.FromResult(new Metadata()),
            () => Status.DefaultSuccess,
            () => [],
            () => { }
        );

    private async Task<TResponse> CallAsync<TResponse>(Func<AsyncUnaryCall<TResponse>> call)
    {
        await mortality.PassAsync();
        var response = await call();
        await mortality.PassAsync();
        return response;
    }
}

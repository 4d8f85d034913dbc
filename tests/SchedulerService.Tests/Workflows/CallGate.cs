using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>
/// Stands before the calls that the scheduler makes to other services: refuses some of them, or loses their answers
/// after they were done.
/// </summary>
internal sealed class CallGate : Interceptor
{
    /// <summary>Every call that was made, in order: its method.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Awaited before each call; what it throws is the call's end.</summary>
    public Func<string, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Awaited after the call was done and before its answer is given.</summary>
    public Func<string, CancellationToken, Task> After { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Lets all calls pass again.</summary>
    public void Open()
    {
        Before = (_, _) => Task.CompletedTask;
        After = (_, _) => Task.CompletedTask;
        Calls.Clear();
    }

    /// <summary>Refuses a method so often, as a service does that is away.</summary>
    public void Refuse(string method, int times, StatusCode code = StatusCode.Unavailable)
    {
        var left = times;
        Before = (called, _) =>
            called == method && Interlocked.Decrement(ref left) >= 0
                ? throw new RpcException(new Status(code, "It is away."))
                : Task.CompletedTask;
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation
    ) =>
        new(
            CallAsync(request, context, continuation),
            Task.FromResult(new Metadata()),
            () => Status.DefaultSuccess,
            () => [],
            () => { }
        );

    private async Task<TResponse> CallAsync<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation
    )
        where TRequest : class
        where TResponse : class
    {
        var (method, token) = (context.Method.Name, context.Options.CancellationToken);
        await Before(method, token);
        Calls.Enqueue(method);
        using var call = continuation(request, context);
        var answer = await call.ResponseAsync;
        await After(method, token);
        return answer;
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// Makes services and interceptors for a call: the container's own instance where the type is registered, otherwise a
/// new one that is disposed after the call. Thread-safe.
/// </summary>
internal sealed class Activation(Type type, object[] arguments)
{
    private readonly ObjectFactory factory = ActivatorUtilities.CreateFactory(
        type,
        [.. arguments.Select(argument => argument.GetType())]
    );

    /// <summary>An instance for the call, and whether it is ours to <see cref="ReleaseAsync"/>.</summary>
    public (object Instance, bool Owned) Create(HttpContext context)
    {
        var services = context.RequestServices;
        if (arguments.Length == 0 && services.GetService(type) is { } registered)
        {
            return (registered, false);
        }

        var created = factory(services, arguments);
        return (created, created is IDisposable or IAsyncDisposable);
    }

    public static ValueTask ReleaseAsync(object instance)
    {
        if (instance is IAsyncDisposable asynchronous)
        {
            return asynchronous.DisposeAsync();
        }

        (instance as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs <paramref name="call"/> with an instance, and releases it when the task ends.</summary>
    public Task<TResult> UseAsync<TResult, TState>(
        HttpContext context,
        TState state,
        Func<object, TState, Task<TResult>> call
    )
    {
        var (instance, owned) = Create(context);
        return owned ? ThenRelease(instance, state, call) : call(instance, state);

        static async Task<TResult> ThenRelease(object instance, TState state, Func<object, TState, Task<TResult>> call)
        {
            try
            {
                return await call(instance, state);
            }
            finally
            {
                await ReleaseAsync(instance);
            }
        }
    }

    /// <inheritdoc cref="UseAsync{TResult,TState}" />
    public Task UseAsync<TState>(HttpContext context, TState state, Func<object, TState, Task> call)
    {
        var (instance, owned) = Create(context);
        return owned ? ThenRelease(instance, state, call) : call(instance, state);

        static async Task ThenRelease(object instance, TState state, Func<object, TState, Task> call)
        {
            try
            {
                await call(instance, state);
            }
            finally
            {
                await ReleaseAsync(instance);
            }
        }
    }
}

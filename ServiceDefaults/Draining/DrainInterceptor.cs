using Dendrite.Errors;
using Dendrite.ServiceDefaults.Grpc;
using Grpc.Core;

namespace Dendrite.ServiceDefaults.Draining;

/// <summary>Counts open calls, and refuses new ones once the end has come.</summary>
internal sealed class DrainInterceptor(DrainState state) : AroundInterceptor
{
    private static readonly TimeSpan RetryElsewhereAfter = TimeSpan.FromMilliseconds(100);

    protected override async Task<T> AroundAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        // Watchers of health would be waited for in vain: they go on until the server is gone.
        if (WellKnownMethods.IsInfrastructure(context.Method))
            return await call();

        if (!state.TryBegin())
        {
            throw new DendriteException(
                ErrorReason.Unavailable,
                "This replica is stopping: try again, and another one will answer."
            )
            {
                RetryAfter = RetryElsewhereAfter,
            };
        }

        try
        {
            return await call();
        }
        finally
        {
            state.End();
        }
    }
}

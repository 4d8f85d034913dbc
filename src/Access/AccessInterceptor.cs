using System.Diagnostics;
using Dendrite.ServiceDefaults.Grpc;
using Grpc.Core;

namespace Dendrite.Access;

/// <summary>
/// Lets a call in only with a good API key, as <see cref="AccessMiddleware"/> found. Health and reflection need none.
/// </summary>
internal sealed class AccessInterceptor : AroundInterceptor
{
    protected override async Task<T> AroundAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        if (!WellKnownMethods.IsInfrastructure(context.Method))
        {
            context.GetHttpContext().ThrowIfRefused();
            Activity.Current?.SetTag("dendrite.key_id", context.GetCaller().KeyId);
        }

        return await call();
    }
}

using System.Diagnostics;
using Dendrite.ServiceDefaults.Grpc;
using Grpc.Core;

namespace Dendrite.Access;

/// <summary>Lets a call in only with a good API key. Health and reflection need none.</summary>
internal sealed class AccessInterceptor(ApiKeyAuthenticator authenticator) : AroundInterceptor
{
    protected override async Task<T> AroundAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        if (!WellKnownMethods.IsInfrastructure(context.Method))
        {
            var authorization = context.RequestHeaders.GetValue("authorization");
            var caller = await authenticator.AuthenticateAsync(authorization, context.CancellationToken);
            context.SetCaller(caller);
            Activity.Current?.SetTag("dendrite.key_id", caller.KeyId);
        }

        return await call();
    }
}

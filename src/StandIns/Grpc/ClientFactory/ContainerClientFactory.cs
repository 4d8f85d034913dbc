using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Grpc.Net.ClientFactory;

/// <summary>Makes clients for one scope of the container, over the channels that all scopes share.</summary>
internal sealed class ContainerClientFactory(
    IServiceProvider services,
    NamedChannels channels,
    IOptionsMonitor<GrpcClientFactoryOptions> options
) : GrpcClientFactory
{
    public override TClient CreateClient<TClient>(string name)
    {
        var settings = options.Get(name);
        var invoker = channels.Get(name).InterceptWith(settings, services, InterceptorScope.Client);
        if (settings.CallOptionsActions.Count > 0)
        {
            invoker = invoker.Intercept(new CallOptionsInterceptor(settings.CallOptionsActions, services));
        }

        return (TClient)ClientFactoryOf<TClient>.Create(services, [invoker]);
    }

    private static class ClientFactoryOf<TClient>
    {
        public static readonly ObjectFactory Create = ActivatorUtilities.CreateFactory(
            typeof(TClient),
            [typeof(CallInvoker)]
        );
    }
}

internal static class InterceptorsInScope
{
    /// <summary>Puts the interceptors of one scope before the invoker.</summary>
    public static CallInvoker InterceptWith(
        this CallInvoker invoker,
        GrpcClientFactoryOptions settings,
        IServiceProvider services,
        InterceptorScope scope
    ) =>
        settings
            .InterceptorRegistrations.Where(registration => registration.Scope == scope)
            .Reverse()
            .Aggregate(invoker, (next, registration) => next.Intercept(registration.Creator(services)));
}

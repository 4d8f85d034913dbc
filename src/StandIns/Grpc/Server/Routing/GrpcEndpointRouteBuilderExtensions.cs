using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps gRPC services to endpoints.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps every method of <typeparamref name="TService"/>, an implementation of a generated service base.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// <c>AddGrpc</c> was not called, or the type is no gRPC service.
    /// </exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.ServiceProvider;
        var mapped =
            services.GetService<MappedServices>()
            ?? throw new InvalidOperationException(
                "The gRPC server is not among the services: call IServiceCollection.AddGrpc at the start."
            );
        var settings = ServiceSettings.Combine(
            services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value,
            services.GetRequiredService<IOptions<GrpcServiceOptions<TService>>>().Value
        );
        var server = new CallServer(
            settings,
            services.GetRequiredService<ILoggerFactory>(),
            services.GetService<TimeProvider>() ?? TimeProvider.System
        );
        return new GrpcServiceEndpointConventionBuilder(ServiceRoutes.Map<TService>(builder, server, mapped));
    }
}

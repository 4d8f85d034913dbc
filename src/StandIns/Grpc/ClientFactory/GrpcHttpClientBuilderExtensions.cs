using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.ClientFactory;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Goes on configuring a gRPC client.</summary>
public static class GrpcHttpClientBuilderExtensions
{
    /// <summary>Sets options of the channel.</summary>
    public static IHttpClientBuilder ConfigureChannel(
        this IHttpClientBuilder builder,
        Action<GrpcChannelOptions> configureChannel
    ) => Configure(builder, (_, options) => options.ChannelOptionsActions.Add(configureChannel));

    /// <summary>Sets options of the channel that need services.</summary>
    public static IHttpClientBuilder ConfigureChannel(
        this IHttpClientBuilder builder,
        Action<IServiceProvider, GrpcChannelOptions> configureChannel
    ) =>
        Configure(
            builder,
            (services, options) =>
                options.ChannelOptionsActions.Add(channelOptions => configureChannel(services, channelOptions))
        );

    /// <summary>Adds an interceptor, made once for the channel.</summary>
    public static IHttpClientBuilder AddInterceptor(
        this IHttpClientBuilder builder,
        Func<Interceptor> configureInvoker
    ) => builder.AddInterceptor(InterceptorScope.Channel, _ => configureInvoker());

    /// <summary>Adds an interceptor.</summary>
    public static IHttpClientBuilder AddInterceptor(
        this IHttpClientBuilder builder,
        InterceptorScope scope,
        Func<Interceptor> configureInvoker
    ) => builder.AddInterceptor(scope, _ => configureInvoker());

    /// <summary>Adds an interceptor that needs services, made once for the channel.</summary>
    public static IHttpClientBuilder AddInterceptor(
        this IHttpClientBuilder builder,
        Func<IServiceProvider, Interceptor> configureInvoker
    ) => builder.AddInterceptor(InterceptorScope.Channel, configureInvoker);

    /// <summary>Adds an interceptor that needs services.</summary>
    public static IHttpClientBuilder AddInterceptor(
        this IHttpClientBuilder builder,
        InterceptorScope scope,
        Func<IServiceProvider, Interceptor> configureInvoker
    ) =>
        Configure(
            builder,
            (_, options) =>
                options.InterceptorRegistrations.Add(
                    new Grpc.Net.ClientFactory.InterceptorRegistration(scope, configureInvoker)
                )
        );

    /// <summary>Adds an interceptor from the container, got once for the channel.</summary>
    public static IHttpClientBuilder AddInterceptor<TInterceptor>(this IHttpClientBuilder builder)
        where TInterceptor : Interceptor => builder.AddInterceptor<TInterceptor>(InterceptorScope.Channel);

    /// <summary>Adds an interceptor from the container.</summary>
    public static IHttpClientBuilder AddInterceptor<TInterceptor>(
        this IHttpClientBuilder builder,
        InterceptorScope scope
    )
        where TInterceptor : Interceptor =>
        builder.AddInterceptor(scope, services => services.GetRequiredService<TInterceptor>());

    /// <summary>Adds headers to each call, on secured channels.</summary>
    public static IHttpClientBuilder AddCallCredentials(
        this IHttpClientBuilder builder,
        Func<AuthInterceptorContext, Metadata, Task> authInterceptor
    ) =>
        builder.AddCallCredentials(
            CallCredentials.FromInterceptor((context, metadata) => authInterceptor(context, metadata))
        );

    /// <summary>Adds headers that need services to each call, on secured channels.</summary>
    public static IHttpClientBuilder AddCallCredentials(
        this IHttpClientBuilder builder,
        Func<AuthInterceptorContext, Metadata, IServiceProvider, Task> authInterceptor
    ) =>
        AddCredentials(
            builder,
            services =>
                CallCredentials.FromInterceptor((context, metadata) => authInterceptor(context, metadata, services))
        );

    /// <summary>Adds credentials to each call, on secured channels.</summary>
    public static IHttpClientBuilder AddCallCredentials(this IHttpClientBuilder builder, CallCredentials credentials) =>
        AddCredentials(builder, _ => credentials);

    private static IHttpClientBuilder AddCredentials(
        IHttpClientBuilder builder,
        Func<IServiceProvider, CallCredentials> create
    ) =>
        Configure(
            builder,
            (_, options) =>
            {
                options.HasCallCredentials = true;
                options.CallOptionsActions.Add(context =>
                {
                    var added = create(context.ServiceProvider);
                    var all = context.CallOptions.Credentials is { } own ? CallCredentials.Compose(own, added) : added;
                    context.CallOptions = context.CallOptions.WithCredentials(all);
                });
            }
        );

    private static IHttpClientBuilder Configure(
        IHttpClientBuilder builder,
        Action<IServiceProvider, GrpcClientFactoryOptions> configure
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddTransient<IConfigureOptions<GrpcClientFactoryOptions>>(
            services => new ConfigureNamedOptions<GrpcClientFactoryOptions>(
                builder.Name,
                options => configure(services, options)
            )
        );
        return builder;
    }
}

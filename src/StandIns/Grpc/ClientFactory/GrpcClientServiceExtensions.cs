using Grpc.Net.ClientFactory;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds gRPC clients to a container; each client type gets a channel of its own, shared by all its clients.
/// </summary>
public static class GrpcClientServiceExtensions
{
    /// <summary>Adds <typeparamref name="TClient"/> under the name of its type.</summary>
    public static IHttpClientBuilder AddGrpcClient<TClient>(this IServiceCollection services)
        where TClient : class => services.AddGrpcClient<TClient>(_ => { });

    /// <summary>Adds <typeparamref name="TClient"/> under the name of its type, with options.</summary>
    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services,
        Action<GrpcClientFactoryOptions> configureClient
    )
        where TClient : class => services.AddGrpcClient<TClient>(typeof(TClient).Name, configureClient);

    /// <summary>
    /// Adds <typeparamref name="TClient"/> under the name of its type, with options that need services.
    /// </summary>
    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services,
        Action<IServiceProvider, GrpcClientFactoryOptions> configureClient
    )
        where TClient : class => services.AddGrpcClient<TClient>(typeof(TClient).Name, configureClient);

    /// <summary>Adds <typeparamref name="TClient"/> under a name.</summary>
    public static IHttpClientBuilder AddGrpcClient<TClient>(this IServiceCollection services, string name)
        where TClient : class => services.AddGrpcClient<TClient>(name, _ => { });

    /// <summary>Adds <typeparamref name="TClient"/> under a name, with options.</summary>
    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services,
        string name,
        Action<GrpcClientFactoryOptions> configureClient
    )
        where TClient : class => services.AddGrpcClient<TClient>(name, (_, options) => configureClient(options));

    /// <summary>Adds <typeparamref name="TClient"/> under a name, with options that need services.</summary>
    public static IHttpClientBuilder AddGrpcClient<TClient>(
        this IServiceCollection services,
        string name,
        Action<IServiceProvider, GrpcClientFactoryOptions> configureClient
    )
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configureClient);
        services.AddTransient<IConfigureOptions<GrpcClientFactoryOptions>>(
            provider => new ConfigureNamedOptions<GrpcClientFactoryOptions>(
                name,
                options => configureClient(provider, options)
            )
        );
        services.TryAddSingleton<NamedChannels>();
        services.TryAddTransient<GrpcClientFactory, ContainerClientFactory>();
        services.AddTransient(provider => provider.GetRequiredService<GrpcClientFactory>().CreateClient<TClient>(name));
        return services
            .AddHttpClient(name)
            .ConfigurePrimaryHttpMessageHandler(provider => CreateHandler(provider, name));
    }

    /// <summary>
    /// The channel keeps its handler for good, so what the handler's lifetime is for (following DNS) falls to its
    /// connections: none takes new calls for longer.
    /// </summary>
    private static SocketsHttpHandler CreateHandler(IServiceProvider services, string name) =>
        new()
        {
            EnableMultipleHttp2Connections = true,
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = services
                .GetRequiredService<IOptionsMonitor<HttpClientFactoryOptions>>()
                .Get(name)
                .HandlerLifetime,
        };
}

using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dendrite.ServiceDefaults.Discovery;

/// <summary>Clients of the other services of the platform.</summary>
public static class DendriteGrpcClientExtensions
{
    private const int MaxReceiveMessageBytes = 8 * 1024 * 1024;

    // A replica that does not even accept is passed over while the caller still waits.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(15);

    // Names are looked up again this often: replicas move.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Registers a generated client. Calls are spread over the replicas in <c>services:{name}:grpc:*</c>, go to another
    /// one where one cannot be reached, and carry the API key in <c>Dendrite:ApiKey</c> where there is one. Clients of
    /// one service share its connections.
    /// </summary>
    /// <param name="serviceName">The name in the AppHost: <c>branch</c>, <c>ingest</c>, <c>comparison</c>,
    /// <c>scheduler</c>.</param>
    public static void AddDendriteGrpcClient<TClient>(this IHostApplicationBuilder builder, string serviceName)
        where TClient : ClientBase<TClient>
    {
        if (
            !builder.Services.Any(registered =>
                serviceName.Equals(registered.ServiceKey as string, StringComparison.Ordinal)
            )
        )
            builder.Services.AddKeyedSingleton(serviceName, (services, _) => OpenChannel(services, serviceName));
        builder.Services.AddSingleton(services =>
            ActivatorUtilities.CreateInstance<TClient>(
                services,
                services.GetRequiredKeyedService<GrpcChannel>(serviceName).CreateCallInvoker()
            )
        );
    }

    private static GrpcChannel OpenChannel(IServiceProvider services, string serviceName)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var replicas = ReplicaAddresses.Of(serviceName, configuration);
        HttpMessageHandler handler = new BalancingHandler(
            replicas,
            new SocketsHttpHandler
            {
                ConnectTimeout = ConnectTimeout,
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = PingDelay,
                KeepAlivePingTimeout = PingTimeout,
                PooledConnectionLifetime = ConnectionLifetime,
            },
            services.GetRequiredService<TimeProvider>()
        );
        if (configuration["Dendrite:ApiKey"] is { Length: > 0 } apiKey)
            handler = new ApiKeyHandler(apiKey, handler);
        return GrpcChannel.ForAddress(
            replicas[0],
            new GrpcChannelOptions { HttpHandler = handler, MaxReceiveMessageSize = MaxReceiveMessageBytes }
        );
    }
}

using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Redis;

namespace Aspire.Hosting;

public static class RedisBuilderExtensions
{
    /// <summary>Adds a Redis server: an installed redis-server, or valkey-server, that asks for a password.</summary>
    public static IResourceBuilder<RedisResource> AddRedis(
        this IDistributedApplicationBuilder builder,
        string name,
        int? port = null,
        IResourceBuilder<ParameterResource>? password = null
    )
    {
        // Without special characters: the client splits its connection string at commas.
        var secret =
            password?.Resource
            ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(
                builder,
                $"{name}-password",
                special: false
            );
        return builder
            .AddResource(new RedisResource(name, secret))
            .WithAnnotation(
                new EndpointAnnotation(ProtocolType.Tcp, name: RedisResource.PrimaryEndpointName, port: port)
            );
    }

    /// <summary>
    /// Keeps the data from one run to the next. The name is that of a container volume and is not used here.
    /// </summary>
    public static IResourceBuilder<RedisResource> WithDataVolume(
        this IResourceBuilder<RedisResource> builder,
        string? name = null,
        bool isReadOnly = false
    ) => builder.WithAnnotation(new DataVolumeAnnotation());

    /// <summary>
    /// Asks for the Redis Insight console, which exists only as a container: here a log line says that it is not run.
    /// </summary>
    public static IResourceBuilder<RedisResource> WithRedisInsight(
        this IResourceBuilder<RedisResource> builder,
        Action<IResourceBuilder<RedisInsightResource>>? configureContainer = null,
        string? containerName = null
    )
    {
        var console = builder.ApplicationBuilder.AddResource(
            new RedisInsightResource(containerName ?? $"{builder.Resource.Name}-insight")
        );
        configureContainer?.Invoke(console);
        return builder;
    }
}

using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Dendrite.ServiceDefaults;

/// <summary>The two servers that a service of the platform talks to.</summary>
public static class PlatformConnectionsExtensions
{
    /// <summary>
    /// PostgreSQL under the connection string <c>platform</c>, and Redis under <c>redis</c>. Only PostgreSQL counts for
    /// the service's health: everything that Redis holds can be had from PostgreSQL, so its absence makes calls slower
    /// and nothing else.
    /// </summary>
    public static void AddPlatformConnections(this IHostApplicationBuilder builder)
    {
        builder.AddNpgsqlDataSource("platform", configureDataSourceBuilder: PlatformDatabase.Configure);
        builder.AddRedisClient("redis", settings => settings.DisableHealthChecks = true);
        builder.Services.TryAddSingleton<PlatformDatabase>();
        builder.Services.AddHotMetadata();
    }
}

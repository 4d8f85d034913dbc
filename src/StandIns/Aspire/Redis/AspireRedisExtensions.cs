using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Registers connections to Redis, configured and checked. Stands in for the package Aspire.StackExchange.Redis.
/// </summary>
public static class AspireRedisExtensions
{
    private const string SectionName = "Aspire:StackExchange:Redis";

    /// <summary>
    /// Registers one <see cref="IConnectionMultiplexer"/> and its health check "StackExchange.Redis". Later ones win:
    /// section Aspire:StackExchange:Redis, the same with :{connectionName}, the connection string of that name, the
    /// delegates. A server that is not there does not fail the connection: it is tried again in the background.
    /// </summary>
    /// <remarks>A missing connection string is an error when the connection is made, not here.</remarks>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null
    )
    {
        var settings = ReadSettings(builder, connectionName, configureSettings);
        builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
            Connect(services, settings, connectionName, configureOptions)
        );
        if (!settings.DisableAutoActivation)
        {
            // AddHostedService would add one of a type only.
            builder.Services.AddSingleton<IHostedService>(s => new Activation(() =>
                s.GetRequiredService<IConnectionMultiplexer>()
            ));
        }

        AddHealthCheck(
            builder,
            settings,
            "StackExchange.Redis",
            services => services.GetRequiredService<IConnectionMultiplexer>()
        );
    }

    /// <summary>The same as a keyed service; its health check is "StackExchange.Redis_{name}".</summary>
    public static void AddKeyedRedisClient(
        this IHostApplicationBuilder builder,
        string name,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null
    )
    {
        var settings = ReadSettings(builder, name, configureSettings);
        builder.Services.AddKeyedSingleton<IConnectionMultiplexer>(
            name,
            (services, _) => Connect(services, settings, name, configureOptions)
        );
        if (!settings.DisableAutoActivation)
        {
            builder.Services.AddSingleton<IHostedService>(s => new Activation(() =>
                s.GetRequiredKeyedService<IConnectionMultiplexer>(name)
            ));
        }

        AddHealthCheck(
            builder,
            settings,
            $"StackExchange.Redis_{name}",
            services => services.GetRequiredKeyedService<IConnectionMultiplexer>(name)
        );
    }

    private static StackExchangeRedisSettings ReadSettings(
        IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionName);
        var settings = new StackExchangeRedisSettings();
        var section = builder.Configuration.GetSection(SectionName);
        section.Bind(settings);
        section.GetSection(connectionName).Bind(settings);
        settings.ConnectionString =
            builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
        configureSettings?.Invoke(settings);
        return settings;
    }

    private static ConnectionMultiplexer Connect(
        IServiceProvider services,
        StackExchangeRedisSettings settings,
        string connectionName,
        Action<ConfigurationOptions>? configure
    )
    {
        var text = settings.ConnectionString ?? string.Empty;
        // The official client takes an empty string for a mistake; here one that the configuration may yet mend.
        var options = string.IsNullOrWhiteSpace(text) ? new ConfigurationOptions() : ConfigurationOptions.Parse(text);
        // Unless the string says otherwise: a service starts, and works, without Redis.
        if (!text.Contains("abortConnect", StringComparison.OrdinalIgnoreCase))
        {
            options.AbortOnConnectFail = false;
        }

        var section = services.GetRequiredService<IConfiguration>().GetSection(SectionName);
        section.GetSection("ConfigurationOptions").Bind(options);
        section.GetSection($"{connectionName}:ConfigurationOptions").Bind(options);
        configure?.Invoke(options);
        return options.EndPoints.Count > 0
            ? ConnectionMultiplexer.Connect(options)
            : throw new InvalidOperationException(
                $"There is no Redis endpoint: set ConnectionStrings:{connectionName}, "
                    + $"or ConnectionString in section {SectionName}:{connectionName} or {SectionName}"
            );
    }

    private static void AddHealthCheck(
        IHostApplicationBuilder builder,
        StackExchangeRedisSettings settings,
        string name,
        Func<IServiceProvider, IConnectionMultiplexer> connection
    )
    {
        // Once, however often the connection is registered: two checks of one name would fail all checks.
        if (!settings.DisableHealthChecks && builder.Properties.TryAdd($"Aspire.HealthChecks.{name}", true))
        {
            builder
                .Services.AddHealthChecks()
                .Add(
                    new HealthCheckRegistration(name, s => new RedisHealthCheck(() => connection(s)), null, tags: null)
                );
        }
    }

    /// <summary>Connects when the host starts, so that the first call need not wait for it.</summary>
    private sealed class Activation(Func<IConnectionMultiplexer> connect) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = connect();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

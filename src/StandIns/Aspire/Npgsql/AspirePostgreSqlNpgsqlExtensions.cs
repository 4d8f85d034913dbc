using Aspire.Npgsql;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Registers PostgreSQL data sources, configured and checked. Stands in for the package Aspire.Npgsql.
/// </summary>
public static class AspirePostgreSqlNpgsqlExtensions
{
    private const string SectionName = "Aspire:Npgsql";

    /// <summary>
    /// Registers one <see cref="NpgsqlDataSource"/> and its health check "PostgreSql". Later ones win: section
    /// Aspire:Npgsql, section Aspire:Npgsql:{connectionName}, the connection string of that name, the delegate.
    /// </summary>
    /// <remarks>A missing connection string is an error when the data source is first asked for, not here.</remarks>
    public static void AddNpgsqlDataSource(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<NpgsqlSettings>? configureSettings = null,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null
    )
    {
        var settings = ReadSettings(builder, connectionName, configureSettings);
        builder.Services.TryAddSingleton(services =>
            Build(services, settings, connectionName, configureDataSourceBuilder)
        );
        AddHealthCheck(builder, settings, "PostgreSql", services => services.GetRequiredService<NpgsqlDataSource>());
    }

    /// <summary>The same as a keyed service; its health check is "PostgreSql_{name}".</summary>
    public static void AddKeyedNpgsqlDataSource(
        this IHostApplicationBuilder builder,
        string name,
        Action<NpgsqlSettings>? configureSettings = null,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null
    )
    {
        var settings = ReadSettings(builder, name, configureSettings);
        builder.Services.TryAddKeyedSingleton(
            name,
            (services, _) => Build(services, settings, name, configureDataSourceBuilder)
        );
        AddHealthCheck(
            builder,
            settings,
            $"PostgreSql_{name}",
            services => services.GetRequiredKeyedService<NpgsqlDataSource>(name)
        );
    }

    private static NpgsqlSettings ReadSettings(
        IHostApplicationBuilder builder,
        string connectionName,
        Action<NpgsqlSettings>? configureSettings
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionName);
        var settings = new NpgsqlSettings();
        var section = builder.Configuration.GetSection(SectionName);
        section.Bind(settings);
        section.GetSection(connectionName).Bind(settings);
        settings.ConnectionString =
            builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
        configureSettings?.Invoke(settings);
        return settings;
    }

    private static NpgsqlDataSource Build(
        IServiceProvider services,
        NpgsqlSettings settings,
        string connectionName,
        Action<NpgsqlDataSourceBuilder>? configure
    )
    {
        if (string.IsNullOrWhiteSpace(settings.ConnectionString))
        {
            throw new InvalidOperationException(
                $"There is no connection string: set ConnectionStrings:{connectionName}, "
                    + $"or ConnectionString in section {SectionName}:{connectionName} or {SectionName}"
            );
        }

        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseLoggerFactory(services.GetService<ILoggerFactory>());
        if (settings.DisableTracing)
        {
            builder.ConfigureTracing(tracing =>
                tracing.ConfigureCommandFilter(_ => false).ConfigureBatchFilter(_ => false)
            );
        }

        configure?.Invoke(builder);
        return builder.Build();
    }

    private static void AddHealthCheck(
        IHostApplicationBuilder builder,
        NpgsqlSettings settings,
        string name,
        Func<IServiceProvider, NpgsqlDataSource> dataSource
    )
    {
        // Once, however often the data source is registered: two checks of one name would fail all checks.
        if (!settings.DisableHealthChecks && builder.Properties.TryAdd($"Aspire.HealthChecks.{name}", true))
        {
            builder
                .Services.AddHealthChecks()
                .Add(new HealthCheckRegistration(name, s => new NpgsqlHealthCheck(dataSource(s)), null, tags: null));
        }
    }
}

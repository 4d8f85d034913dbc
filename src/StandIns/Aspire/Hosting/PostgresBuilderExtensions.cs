using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Postgres;

namespace Aspire.Hosting;

public static class PostgresBuilderExtensions
{
    /// <summary>Adds a PostgreSQL server: the newest installed one, in a data directory of its own.</summary>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null,
        int? port = null
    )
    {
        // Without special characters, so that it needs no quoting in a connection string, a URI or a shell.
        var secret =
            password?.Resource
            ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(
                builder,
                $"{name}-password",
                special: false
            );
        var server = new PostgresServerResource(name, userName?.Resource, secret);
        return builder
            .AddResource(server)
            .WithAnnotation(
                new EndpointAnnotation(ProtocolType.Tcp, name: PostgresServerResource.PrimaryEndpointName, port: port)
            );
    }

    /// <summary>Adds a database, created when the server is ready unless it is there.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder,
        string name,
        string? databaseName = null
    )
    {
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        builder.Resource.AddDatabase(database);
        return builder.ApplicationBuilder.AddResource(database);
    }

    /// <summary>
    /// Keeps the data from one run to the next. The name is that of a container volume and is not used here.
    /// </summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder,
        string? name = null,
        bool isReadOnly = false
    ) => builder.WithAnnotation(new DataVolumeAnnotation());

    /// <summary>
    /// Asks for the pgweb console, which exists only as a container: here a log line says that it is not run.
    /// </summary>
    public static IResourceBuilder<PostgresServerResource> WithPgWeb(
        this IResourceBuilder<PostgresServerResource> builder,
        Action<IResourceBuilder<PgWebContainerResource>>? configureContainer = null,
        string? containerName = null
    )
    {
        var console = builder.ApplicationBuilder.AddResource(
            new PgWebContainerResource(containerName ?? $"{builder.Resource.Name}-pgweb")
        );
        configureContainer?.Invoke(console);
        return builder;
    }
}

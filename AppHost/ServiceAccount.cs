namespace Dendrite.AppHost;

/// <summary>
/// An API key, <c>dk_{label}_{secret}</c>; the secret is made in the first run and kept in the user secrets.
/// </summary>
internal sealed record ApiKey(string Label, ReferenceExpression Text);

/// <summary>A role of the database, <c>dendrite_{Name}</c>, with a password of its own.</summary>
internal sealed record DatabaseRole(
    string Name,
    IResourceBuilder<ParameterResource> Password,
    ReferenceExpression ConnectionString
);

/// <summary>What a service is to others: a database role, and an API key.</summary>
internal sealed record ServiceAccount(DatabaseRole Role, ApiKey Key);

internal static class ServiceAccountExtensions
{
    /// <summary>Characters, each of about 5.8 bits: 250 bits, as the secret is stored as a plain hash.</summary>
    private const int SecretLength = 43;

    public static ApiKey AddApiKey(this IDistributedApplicationBuilder builder, string label)
    {
        var secret = builder.AddSecret($"{label}-api-key");
        return new ApiKey(label, ReferenceExpression.Create($"dk_{label}_{secret}"));
    }

    public static ServiceAccount AddServiceAccount(
        this IDistributedApplicationBuilder builder,
        string service,
        IResourceBuilder<PostgresServerResource> postgres
    ) => new(builder.AddDatabaseRole(service, postgres), builder.AddApiKey(service));

    /// <summary>The superuser's password goes to migrations alone.</summary>
    public static DatabaseRole AddDatabaseRole(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<PostgresServerResource> postgres
    )
    {
        var password = builder.AddSecret($"{name}-database-password");
        var endpoint = postgres.Resource.PrimaryEndpoint;
        var host = endpoint.Property(EndpointProperty.Host);
        var port = endpoint.Property(EndpointProperty.Port);
        var connectionString = ReferenceExpression.Create(
            $"Host={host};Port={port};Username=dendrite_{name};Password={password};Database=platform"
        );
        return new DatabaseRole(name, password, connectionString);
    }

    /// <summary>Has the migrations store the hash of the key.</summary>
    public static IResourceBuilder<ProjectResource> CreatesKey(
        this IResourceBuilder<ProjectResource> migrations,
        ApiKey key
    ) => migrations.WithEnvironment($"Seed__Keys__{key.Label}", key.Text);

    /// <summary>Has the migrations make the role and store the hash of the key.</summary>
    public static IResourceBuilder<ProjectResource> CreatesAccount(
        this IResourceBuilder<ProjectResource> migrations,
        ServiceAccount account
    ) => migrations.CreatesRole(account.Role).CreatesKey(account.Key);

    /// <summary>Has the migrations make the role.</summary>
    public static IResourceBuilder<ProjectResource> CreatesRole(
        this IResourceBuilder<ProjectResource> migrations,
        DatabaseRole role
    ) => migrations.WithEnvironment($"Roles__{role.Name}__Password", role.Password);

    /// <summary>Adds a service that starts once the database is migrated and works under its own account.</summary>
    public static IResourceBuilder<ProjectResource> AddService<TProject>(
        this IDistributedApplicationBuilder builder,
        string name,
        ServiceAccount account,
        IResourceBuilder<ProjectResource> migrations
    )
        where TProject : IProjectMetadata, new() =>
        builder
            .AddProject<TProject>(name)
            // Any free ports: those in appsettings.json are for a service that is run alone.
            .WithEndpoint("http", endpoint => endpoint.Port = null)
            .WithEndpoint("grpc", endpoint => endpoint.Port = null)
            .WithHttpHealthCheck("/health")
            .WaitForCompletion(migrations)
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
            .WithEnvironment("ConnectionStrings__platform", account.Role.ConnectionString)
            .WithEnvironment("Dendrite__ApiKey", account.Key.Text);

    // Letters and digits only: it goes into connection strings and into a key whose parts are set apart by underscores.
    private static IResourceBuilder<ParameterResource> AddSecret(
        this IDistributedApplicationBuilder builder,
        string name
    ) =>
        builder.AddParameter(
            name,
            new GenerateParameterDefault { MinLength = SecretLength, Special = false },
            secret: true,
            persist: true
        );
}

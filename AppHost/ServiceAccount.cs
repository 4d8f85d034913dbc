namespace Dendrite.AppHost;

/// <summary>
/// An API key, <c>dk_{label}_{secret}</c>; the secret is made in the first run and kept in the user secrets.
/// </summary>
internal sealed record ApiKey(string Label, ReferenceExpression Text);

/// <summary>What a service is to others: a database role with a password of its own, and an API key.</summary>
internal sealed record ServiceAccount(
    IResourceBuilder<ParameterResource> Password,
    ReferenceExpression ConnectionString,
    ApiKey Key
);

internal static class ServiceAccountExtensions
{
    /// <summary>Characters, each of about 5.8 bits: 250 bits, as the secret is stored as a plain hash.</summary>
    private const int SecretLength = 43;

    public static ApiKey AddApiKey(this IDistributedApplicationBuilder builder, string label)
    {
        var secret = builder.AddSecret($"{label}-api-key");
        return new ApiKey(label, ReferenceExpression.Create($"dk_{label}_{secret}"));
    }

    /// <summary>The role is <c>dendrite_{service}</c>. The superuser's password goes to migrations alone.</summary>
    public static ServiceAccount AddServiceAccount(
        this IDistributedApplicationBuilder builder,
        string service,
        IResourceBuilder<PostgresServerResource> postgres
    )
    {
        var password = builder.AddSecret($"{service}-database-password");
        var endpoint = postgres.Resource.PrimaryEndpoint;
        var host = endpoint.Property(EndpointProperty.Host);
        var port = endpoint.Property(EndpointProperty.Port);
        var connectionString = ReferenceExpression.Create(
            $"Host={host};Port={port};Username=dendrite_{service};Password={password};Database=platform"
        );
        return new ServiceAccount(password, connectionString, builder.AddApiKey(service));
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
    ) => migrations.WithEnvironment($"Roles__{account.Key.Label}__Password", account.Password).CreatesKey(account.Key);

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
            .WithEnvironment("ConnectionStrings__platform", account.ConnectionString)
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

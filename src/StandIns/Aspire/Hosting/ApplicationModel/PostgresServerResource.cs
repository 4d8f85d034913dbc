namespace Aspire.Hosting.ApplicationModel;

/// <summary>A PostgreSQL server and its superuser.</summary>
public sealed class PostgresServerResource : ContainerResource, IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp";
    internal const string DefaultUserName = "postgres";

    private readonly List<PostgresDatabaseResource> databases = [];

    public PostgresServerResource(string name, ParameterResource? userName, ParameterResource password)
        : base(name)
    {
        UserNameParameter = userName;
        PasswordParameter = password;
        PrimaryEndpoint = new EndpointReference(this, PrimaryEndpointName);
    }

    public EndpointReference PrimaryEndpoint { get; }

    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    public ParameterResource? UserNameParameter { get; }

    public ParameterResource PasswordParameter { get; }

    public ReferenceExpression UserNameReference =>
        UserNameParameter is null
            ? ReferenceExpression.Create($"{DefaultUserName}")
            : ReferenceExpression.Create($"{UserNameParameter}");

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create(
            $"Host={Host};Port={Port};Username={UserNameReference};Password={PasswordParameter}"
        );

    public ReferenceExpression UriExpression =>
        ReferenceExpression.Create($"postgresql://{UserNameReference}:{PasswordParameter}@{Host}:{Port}");

    /// <summary>Resource name to database name.</summary>
    public IReadOnlyDictionary<string, string> Databases => databases.ToDictionary(d => d.Name, d => d.DatabaseName);

    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        ConnectionStringExpression.GetValueAsync(cancellationToken);

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
        [
            new("Host", ReferenceExpression.Create($"{Host}")),
            new("Port", ReferenceExpression.Create($"{Port}")),
            new("Username", UserNameReference),
            new("Password", ReferenceExpression.Create($"{PasswordParameter}")),
            new("Uri", UriExpression),
        ];

    internal void AddDatabase(PostgresDatabaseResource database) => databases.Add(database);
}

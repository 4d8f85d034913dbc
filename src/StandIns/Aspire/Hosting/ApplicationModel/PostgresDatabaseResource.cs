namespace Aspire.Hosting.ApplicationModel;

/// <summary>A database, created once its server is ready.</summary>
public sealed class PostgresDatabaseResource(
    string name,
    string databaseName,
    PostgresServerResource postgresParentResource
) : Resource(name), IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
{
    public PostgresServerResource Parent { get; } = postgresParentResource;

    public string DatabaseName { get; } = databaseName;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Parent};Database={DatabaseName}");

    public ReferenceExpression UriExpression => ReferenceExpression.Create($"{Parent.UriExpression}/{DatabaseName}");

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
        ((IResourceWithConnectionString)Parent)
            .GetConnectionProperties()
            .Where(p => !string.Equals(p.Key, "Uri", StringComparison.Ordinal))
            .Append(new("DatabaseName", ReferenceExpression.Create($"{DatabaseName}")))
            .Append(new("Uri", UriExpression));
}

using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.WithVariable(name, value ?? string.Empty);

    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder,
        string name,
        ReferenceExpression value
    )
        where T : IResourceWithEnvironment => builder.WithVariable(name, value);

    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder,
        string name,
        EndpointReference endpointReference
    )
        where T : IResourceWithEnvironment => builder.WithVariable(name, endpointReference);

    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder,
        string name,
        IResourceBuilder<ParameterResource> parameter
    )
        where T : IResourceWithEnvironment => builder.WithVariable(name, parameter.Resource);

    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder,
        Action<EnvironmentCallbackContext> callback
    )
        where T : IResourceWithEnvironment =>
        builder.WithAnnotation(
            new EnvironmentCallbackAnnotation(context =>
            {
                callback(context);
                return Task.CompletedTask;
            })
        );

    /// <summary>
    /// Hands over the connection string as <c>ConnectionStrings__{connectionName}</c>, and its parts as variables such
    /// as
    /// <c>PLATFORM_HOST</c>. It does not wait: add <c>WaitFor</c>.
    /// </summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithConnectionString> source,
        string? connectionName = null,
        bool optional = false
    )
        where TDestination : IResourceWithEnvironment
    {
        var resource = source.Resource;
        var name = connectionName ?? resource.Name;
        return builder.WithEnvironment(context =>
        {
            var variables = context.EnvironmentVariables;
            variables[resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{name}"] = resource;
            foreach (var (property, value) in resource.GetConnectionProperties())
            {
                variables[$"{VariablePrefix(name)}_{property.ToUpperInvariant()}"] = value;
            }
        });
    }

    /// <summary>
    /// Hands over the addresses of a service: <c>services__{name}__{endpoint}__{replica}</c> for each endpoint and
    /// replica, and
    /// <c>{NAME}_{ENDPOINT}</c> for the first.
    /// </summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithServiceDiscovery> source
    )
        where TDestination : IResourceWithEnvironment =>
        builder.WithEnvironment(context =>
        {
            var resource = source.Resource;
            foreach (var endpoint in resource.GetEndpoints())
            {
                for (var replica = 0; replica < endpoint.Ports.Count; replica++)
                {
                    var key = $"services__{resource.Name}__{endpoint.EndpointName}__{replica}";
                    context.EnvironmentVariables[key] = endpoint.UrlOf(replica);
                }

                var shortcut = $"{VariablePrefix(resource.Name)}_{VariablePrefix(endpoint.EndpointName)}";
                context.EnvironmentVariables[shortcut] = endpoint;
            }
        });

    private static IResourceBuilder<T> WithVariable<T>(this IResourceBuilder<T> builder, string name, object value)
        where T : IResourceWithEnvironment =>
        builder.WithEnvironment(context => context.EnvironmentVariables[name] = value);

    private static string VariablePrefix(string name) => name.ToUpperInvariant().Replace('-', '_');
}

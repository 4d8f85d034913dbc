namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// An endpoint by name; its address is known once ports are handed out, which is before anything starts.
/// </summary>
public sealed class EndpointReference : IManifestExpressionProvider, IValueProvider
{
    private EndpointAnnotation? annotation;

    public EndpointReference(IResourceWithEndpoints owner, EndpointAnnotation endpoint)
    {
        Resource = owner;
        EndpointName = endpoint.Name;
        annotation = endpoint;
    }

    public EndpointReference(IResourceWithEndpoints owner, string endpointName)
    {
        Resource = owner;
        EndpointName = endpointName;
    }

    public IResourceWithEndpoints Resource { get; }

    public string EndpointName { get; }

    public EndpointAnnotation EndpointAnnotation =>
        annotation ??=
            FindAnnotation()
            ?? throw new InvalidOperationException(
                $"'{Resource.Name}' has no endpoint '{EndpointName}'; it has: "
                    + string.Join(", ", Resource.Annotations.OfType<EndpointAnnotation>().Select(e => e.Name))
            );

    public bool Exists => annotation is not null || FindAnnotation() is not null;

    public bool IsAllocated => Exists && EndpointAnnotation.AllocatedPorts is not null;

    public string Scheme => EndpointAnnotation.UriScheme;

    public string Host => "localhost";

    /// <summary>The port of the first replica.</summary>
    public int Port => Ports[0];

    public string Url => UrlOf(0);

    string IManifestExpressionProvider.ValueExpression => $"{{{Resource.Name}.bindings.{EndpointName}.url}}";

    internal IReadOnlyList<int> Ports =>
        EndpointAnnotation.AllocatedPorts
        ?? throw new InvalidOperationException(
            $"The port of '{Resource.Name}' endpoint '{EndpointName}' is handed out when the application starts"
        );

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<string?>(Url);

    internal string UrlOf(int replica) => $"{Scheme}://{Host}:{Ports[replica]}";

    private EndpointAnnotation? FindAnnotation() =>
        Resource
            .Annotations.OfType<EndpointAnnotation>()
            .FirstOrDefault(e => string.Equals(e.Name, EndpointName, StringComparison.OrdinalIgnoreCase));
}

/// <summary>The parts of an endpoint's address.</summary>
public enum EndpointProperty
{
    Url = 0,
    Host = 1,
    IPV4Host = 2,
    Port = 3,
    Scheme = 4,
    TargetPort = 5,
    HostAndPort = 6,
}

/// <summary>One part of an endpoint's address, to be put into a <see cref="ReferenceExpression"/>.</summary>
public sealed class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property)
    : IManifestExpressionProvider,
        IValueProvider
{
    public EndpointReference Endpoint { get; } = endpointReference;

    public EndpointProperty Property { get; } = property;

    public string ValueExpression =>
        $"{{{Endpoint.Resource.Name}.bindings.{Endpoint.EndpointName}.{Property.ToString().ToLowerInvariant()}}}";

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<string?>(
            Property switch
            {
                EndpointProperty.Url => Endpoint.Url,
                EndpointProperty.Host => Endpoint.Host,
                EndpointProperty.IPV4Host => "127.0.0.1",
                EndpointProperty.Port or EndpointProperty.TargetPort => $"{Endpoint.Port}",
                EndpointProperty.Scheme => Endpoint.Scheme,
                EndpointProperty.HostAndPort => $"{Endpoint.Host}:{Endpoint.Port}",
                _ => throw new InvalidOperationException($"Unknown endpoint property {Property}"),
            }
        );
}

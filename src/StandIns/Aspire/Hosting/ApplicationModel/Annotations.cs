namespace Aspire.Hosting.ApplicationModel;

public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
{
    public int Replicas { get; } = replicas;
}

/// <summary>What a resource waits for before it starts.</summary>
public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;

    public WaitType WaitType { get; } = waitType;

    /// <summary>The exit code that counts as success; read for <see cref="WaitType.WaitForCompletion"/> only.</summary>
    public int ExitCode { get; } = exitCode;
}

public enum WaitType
{
    /// <summary>Until it runs and its health checks pass.</summary>
    WaitUntilHealthy = 0,

    /// <summary>Until it has ended.</summary>
    WaitForCompletion = 1,

    /// <summary>Until it runs.</summary>
    WaitUntilStarted = 2,
}

/// <summary>Adds to the environment of a resource, just before it starts.</summary>
public sealed class EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback) : IResourceAnnotation
{
    public Func<EnvironmentCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>The environment being put together; a value is a string or an <see cref="IValueProvider"/>.</summary>
public sealed class EnvironmentCallbackContext(
    DistributedApplicationExecutionContext executionContext,
    IResource resource,
    Dictionary<string, object>? environmentVariables = null,
    CancellationToken cancellationToken = default
)
{
    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    public IResource Resource { get; } = resource;

    public Dictionary<string, object> EnvironmentVariables { get; } = environmentVariables ?? [];

    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>Arguments that follow the command of a resource.</summary>
internal sealed record ArgumentsAnnotation(IReadOnlyList<string> Arguments) : IResourceAnnotation;

/// <summary>The resource keeps its data from one run to the next.</summary>
internal sealed record DataVolumeAnnotation : IResourceAnnotation;

/// <summary>Healthy means: this path of this endpoint answers HTTP with this status.</summary>
internal sealed record HttpHealthCheckAnnotation(EndpointReference Endpoint, string Path, int StatusCode)
    : IResourceAnnotation;

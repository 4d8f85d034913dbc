using Grpc.Core.Interceptors;

namespace Grpc.Net.ClientFactory;

/// <summary>For how many clients one interceptor is made.</summary>
public enum InterceptorScope
{
    /// <summary>Once, for all clients of the channel.</summary>
    Channel = 0,

    /// <summary>For each client that the container makes.</summary>
    Client = 1,
}

/// <summary>How an interceptor is made. Immutable.</summary>
public class InterceptorRegistration
{
    /// <summary>An interceptor made by <paramref name="creator"/>.</summary>
    public InterceptorRegistration(InterceptorScope scope, Func<IServiceProvider, Interceptor> creator)
    {
        ArgumentNullException.ThrowIfNull(creator);
        Scope = scope;
        Creator = creator;
    }

    /// <summary>For how many clients.</summary>
    public InterceptorScope Scope { get; }

    /// <summary>Makes it.</summary>
    public Func<IServiceProvider, Interceptor> Creator { get; }
}

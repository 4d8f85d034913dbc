using Grpc.Core;
using Grpc.Net.Client;

namespace Grpc.Net.ClientFactory;

/// <summary>How the clients of one name are made.</summary>
public class GrpcClientFactoryOptions
{
    /// <summary>The server; needed.</summary>
    public Uri? Address { get; set; }

    /// <summary>Run on the options of the channel, once.</summary>
    public IList<Action<GrpcChannelOptions>> ChannelOptionsActions { get; } = [];

    /// <summary>Run on the options of each call.</summary>
    public IList<Action<CallOptionsContext>> CallOptionsActions { get; } = [];

    /// <summary>Interceptors, outermost first; those of the channel come after those of the client.</summary>
    public IList<InterceptorRegistration> InterceptorRegistrations { get; } = [];

    internal bool HasCallCredentials { get; set; }
}

/// <summary>One call whose options may be changed before it starts.</summary>
public sealed class CallOptionsContext
{
    internal CallOptionsContext(CallOptions callOptions, IServiceProvider serviceProvider)
    {
        CallOptions = callOptions;
        ServiceProvider = serviceProvider;
    }

    /// <summary>The options; replaced to change them.</summary>
    public CallOptions CallOptions { get; set; }

    /// <summary>The container that made the client.</summary>
    public IServiceProvider ServiceProvider { get; }
}

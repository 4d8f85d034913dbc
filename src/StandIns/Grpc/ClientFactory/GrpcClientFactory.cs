namespace Grpc.Net.ClientFactory;

/// <summary>Makes clients by the name under which they were added.</summary>
public abstract class GrpcClientFactory
{
    /// <summary>A new client over the channel of this name, which all its clients share.</summary>
    public abstract TClient CreateClient<TClient>(string name)
        where TClient : class;
}

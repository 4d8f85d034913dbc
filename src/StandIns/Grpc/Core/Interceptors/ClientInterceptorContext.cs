namespace Grpc.Core.Interceptors;

/// <summary>A call that an interceptor passes on, as it is or changed.</summary>
public struct ClientInterceptorContext<TRequest, TResponse>
    where TRequest : class
    where TResponse : class
{
    /// <summary>A call of <paramref name="method"/>.</summary>
    public ClientInterceptorContext(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Method = method;
        Host = host;
        Options = options;
    }

    /// <summary>The method.</summary>
    public Method<TRequest, TResponse> Method { get; }

    /// <summary>The host asked for; null for the channel's own.</summary>
    public string? Host { get; }

    /// <summary>Headers, deadline, token and so on.</summary>
    public CallOptions Options { get; }
}

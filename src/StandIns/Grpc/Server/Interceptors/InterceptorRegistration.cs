namespace Grpc.AspNetCore.Server;

/// <summary>One interceptor by its type, and arguments for its constructor. Immutable.</summary>
public class InterceptorRegistration
{
    private readonly object[] arguments;

    internal InterceptorRegistration(Type type, object[] arguments)
    {
        Type = type;
        this.arguments = arguments;
    }

    /// <summary>The interceptor's type.</summary>
    public Type Type { get; }

    /// <summary>What its constructor gets beside the container's services.</summary>
    public IReadOnlyList<object> Arguments => arguments;

    internal Activation Activation => field ??= new Activation(Type, arguments);
}

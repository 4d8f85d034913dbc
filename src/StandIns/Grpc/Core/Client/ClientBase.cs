namespace Grpc.Core;

/// <summary>Base of generated clients.</summary>
public abstract class ClientBase
{
    /// <summary>A client that cannot call: for test doubles, whose methods are overridden.</summary>
    protected ClientBase()
        : this(new UnimplementedCallInvoker()) { }

    /// <summary>A client made from another's configuration.</summary>
    protected ClientBase(ClientBaseConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        CallInvoker = configuration.CallInvoker;
    }

    /// <summary>A client over a channel.</summary>
    public ClientBase(ChannelBase channel)
        : this(channel.CreateCallInvoker()) { }

    /// <summary>A client over an invoker.</summary>
    public ClientBase(CallInvoker callInvoker)
        : this(new ClientBaseConfiguration(callInvoker)) { }

    /// <summary>What makes the calls.</summary>
    protected CallInvoker CallInvoker { get; }

    /// <summary>What a client hands to a copy of itself.</summary>
    protected internal class ClientBaseConfiguration
    {
        internal ClientBaseConfiguration(CallInvoker callInvoker)
        {
            ArgumentNullException.ThrowIfNull(callInvoker);
            CallInvoker = callInvoker;
        }

        internal CallInvoker CallInvoker { get; }
    }
}

/// <summary>Base of the generated client <typeparamref name="T"/>.</summary>
public abstract class ClientBase<T> : ClientBase
    where T : ClientBase<T>
{
    /// <inheritdoc cref="ClientBase()" />
    protected ClientBase() { }

    /// <inheritdoc cref="ClientBase(ClientBase.ClientBaseConfiguration)" />
    protected ClientBase(ClientBaseConfiguration configuration)
        : base(configuration) { }

    /// <inheritdoc cref="ClientBase(ChannelBase)" />
    public ClientBase(ChannelBase channel)
        : base(channel) { }

    /// <inheritdoc cref="ClientBase(CallInvoker)" />
    public ClientBase(CallInvoker callInvoker)
        : base(callInvoker) { }

    /// <summary>A copy of this client with another configuration.</summary>
    protected abstract T NewInstance(ClientBaseConfiguration configuration);
}

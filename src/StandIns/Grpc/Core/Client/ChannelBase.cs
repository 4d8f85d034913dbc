namespace Grpc.Core;

/// <summary>A way to a server over which clients call.</summary>
public abstract class ChannelBase
{
    /// <summary>A channel to <paramref name="target"/>.</summary>
    protected ChannelBase(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
    }

    /// <summary>The server, as the channel was given it.</summary>
    public string Target { get; }

    /// <summary>An invoker that calls over this channel.</summary>
    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Ends the channel, of a kind that has something to end; others are disposed.</summary>
    public Task ShutdownAsync() => ShutdownAsyncCore();

    /// <summary>What <see cref="ShutdownAsync"/> does; by default nothing.</summary>
    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}

namespace Grpc.Core;

/// <summary>Whether a channel is encrypted, and what every call on it carries.</summary>
public abstract class ChannelCredentials
{
    /// <summary>No encryption: <c>http</c> addresses.</summary>
    public static ChannelCredentials Insecure { get; } = new InsecureCredentials();

    /// <summary>TLS with the machine's trust: <c>https</c> addresses.</summary>
    public static ChannelCredentials SecureSsl { get; } = new SslCredentials();

    /// <summary>Channel credentials and what each call adds to them.</summary>
    public static ChannelCredentials Create(ChannelCredentials channelCredentials, CallCredentials callCredentials)
    {
        ArgumentNullException.ThrowIfNull(channelCredentials);
        ArgumentNullException.ThrowIfNull(callCredentials);
        return new CompositeCredentials(channelCredentials, callCredentials);
    }

    /// <summary>Whether the channel is encrypted.</summary>
    internal abstract bool IsSecure { get; }

    /// <summary>Credentials of each call, outermost last.</summary>
    internal virtual IEnumerable<CallCredentials> CallCredentials => [];

    private sealed class InsecureCredentials : ChannelCredentials
    {
        internal override bool IsSecure => false;
    }

    private sealed class CompositeCredentials(ChannelCredentials channel, CallCredentials call) : ChannelCredentials
    {
        internal override bool IsSecure => channel.IsSecure;

        internal override IEnumerable<CallCredentials> CallCredentials => channel.CallCredentials.Append(call);
    }
}

/// <summary>TLS with the machine's trust; anything else is set on the HTTP handler of the channel.</summary>
public sealed class SslCredentials : ChannelCredentials
{
    internal override bool IsSecure => true;
}

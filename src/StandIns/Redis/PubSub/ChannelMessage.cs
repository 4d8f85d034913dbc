using System.Runtime.InteropServices;

namespace StackExchange.Redis;

/// <summary>A message that was published.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct ChannelMessage : IEquatable<ChannelMessage>
{
    internal ChannelMessage(RedisChannel subscriptionChannel, RedisChannel channel, RedisValue message)
    {
        SubscriptionChannel = subscriptionChannel;
        Channel = channel;
        Message = message;
    }

    /// <summary>The channel or pattern that was subscribed to.</summary>
    public RedisChannel SubscriptionChannel { get; }

    /// <summary>The channel that was published to.</summary>
    public RedisChannel Channel { get; }

    public RedisValue Message { get; }

    public bool Equals(ChannelMessage other) => Channel == other.Channel && Message == other.Message;

    public override bool Equals(object? obj) => obj is ChannelMessage other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Channel, Message);

    public override string ToString() => $"{Channel}:{Message}";

    public static bool operator ==(ChannelMessage left, ChannelMessage right) => left.Equals(right);

    public static bool operator !=(ChannelMessage left, ChannelMessage right) => !left.Equals(right);
}

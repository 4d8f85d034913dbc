using System.Buffers;

namespace Grpc.Core;

/// <summary>One received message, for a marshaller to read.</summary>
public abstract class DeserializationContext
{
    /// <summary>Length of the message, in bytes.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>A copy of the message that the caller may keep.</summary>
    public virtual byte[] PayloadAsNewBuffer() => throw new NotImplementedException();

    /// <summary>The message where it lies; valid only until the deserializer returns.</summary>
    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw new NotImplementedException();
}

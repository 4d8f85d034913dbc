using System.Buffers;

namespace Grpc.Core;

/// <summary>
/// Where a marshaller puts one message. Either <see cref="Complete(byte[])"/> alone, or a buffer writer and <see
/// cref="Complete()"/>.
/// </summary>
public abstract class SerializationContext
{
    /// <summary>Hands over the whole message.</summary>
    public virtual void Complete(byte[] payload) => throw new NotImplementedException();

    /// <summary>Gets a writer for the message; <see cref="Complete()"/> ends it.</summary>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotImplementedException();

    /// <summary>
    /// Announces the exact length, in bytes, before the first write: the message is then written in place.
    /// </summary>
    public virtual void SetPayloadLength(int payloadLength) { }

    /// <summary>Ends a message written through the buffer writer.</summary>
    public virtual void Complete() => throw new NotImplementedException();
}

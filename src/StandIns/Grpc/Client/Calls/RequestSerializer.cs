using System.Buffers;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client;

/// <summary>Makes one buffer of prefix and message, so that a message is one write.</summary>
internal sealed class RequestSerializer(HttpCall call) : SerializationContext
{
    private readonly PooledBufferWriter buffer = new();
    private bool compresses;
    private bool isComplete;

    /// <summary>The message as it travels; <see cref="Release"/> gives its memory back.</summary>
    public ReadOnlyMemory<byte> Serialize<T>(
        T message,
        Action<T, SerializationContext> serialize,
        WriteOptions? options
    )
    {
        compresses =
            call.RequestEncoding is not null && (options?.Flags & WriteFlags.NoCompress) is not WriteFlags.NoCompress;
        isComplete = false;
        buffer.Clear();
        serialize(message, this);
        if (!isComplete)
        {
            throw new InvalidOperationException("The marshaller did not complete the message.");
        }

        if (compresses)
        {
            Compress();
        }

        new MessagePrefix(compresses, (uint)(buffer.Length - MessagePrefix.Size)).Write(buffer.Written.Span);
        return buffer.Written;
    }

    public void Release() => buffer.Dispose();

    public override void SetPayloadLength(int payloadLength)
    {
        CheckSize(payloadLength);
        ReservePrefix(payloadLength);
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        ReservePrefix(0);
        return buffer;
    }

    public override void Complete()
    {
        ReservePrefix(0);
        CheckSize(buffer.Length - MessagePrefix.Size);
        isComplete = true;
    }

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        CheckSize(payload.Length);
        ReservePrefix(payload.Length);
        buffer.Write(payload);
        isComplete = true;
    }

    private void ReservePrefix(int payloadLength)
    {
        if (buffer.Length == 0)
        {
            buffer.Reserve(MessagePrefix.Size + payloadLength);
            buffer.Advance(MessagePrefix.Size);
        }
    }

    private void Compress()
    {
        using var plain = new PooledBufferWriter();
        plain.Write(buffer.Written.Span[MessagePrefix.Size..]);
        buffer.Clear();
        ReservePrefix(0);
        call.Channel.Compression.Compress(call.RequestEncoding!, level: null, plain.Written, buffer);
    }

    private void CheckSize(int length)
    {
        if (length > call.Channel.Options.MaxSendMessageSize)
        {
            throw WireError.SentTooLarge();
        }
    }
}

using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// Writes messages into the response's pipe. A marshaller that announces the length writes there directly, after the
/// prefix; without it, or with compression, the message is gathered first.
/// </summary>
internal sealed class ResponseSerializer(HttpCallContext call) : SerializationContext
{
    private readonly PipeWriter output = call.HttpContext.Response.BodyWriter;
    private PooledBufferWriter? gathered;
    private bool compresses;
    private bool isDirect;
    private bool isComplete;

    /// <summary>Writes a message without flushing it. The response has started.</summary>
    public void Write<T>(T message, Action<T, SerializationContext> serialize)
    {
        compresses = call.CompressesNext;
        isDirect = false;
        isComplete = false;
        try
        {
            serialize(message, this);
            if (!isComplete)
            {
                throw new InvalidOperationException("The marshaller did not complete the message.");
            }
        }
        finally
        {
            gathered?.Dispose();
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        CheckSize(payloadLength);
        if (compresses)
        {
            (gathered ??= new PooledBufferWriter()).Reserve(payloadLength);
            return;
        }

        WritePrefix(compressed: false, payloadLength);
        isDirect = true;
    }

    public override IBufferWriter<byte> GetBufferWriter() => isDirect ? output : gathered ??= new PooledBufferWriter();

    public override void Complete()
    {
        if (!isDirect)
        {
            WriteGathered(gathered is null ? default : gathered.Written);
        }

        isComplete = true;
    }

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        WriteGathered(payload);
        isComplete = true;
    }

    private void WriteGathered(ReadOnlyMemory<byte> message)
    {
        CheckSize(message.Length);
        if (!compresses)
        {
            WritePrefix(compressed: false, message.Length);
            output.Write(message.Span);
            return;
        }

        using var smaller = new PooledBufferWriter();
        var settings = call.Settings;
        settings.Compression.Compress(call.ResponseEncoding!, settings.ResponseCompressionLevel, message, smaller);
        WritePrefix(compressed: true, smaller.Length);
        output.Write(smaller.Written.Span);
    }

    private void WritePrefix(bool compressed, int length)
    {
        new MessagePrefix(compressed, (uint)length).Write(output.GetSpan(MessagePrefix.Size));
        output.Advance(MessagePrefix.Size);
    }

    private void CheckSize(int length)
    {
        if (length > call.Settings.MaxSendMessageSize)
        {
            throw WireError.SentTooLarge();
        }
    }
}

using System.Buffers;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client;

/// <summary>
/// Takes messages out of a response body. Bytes are read into one pooled buffer: many small messages by one read, and of
/// a large message exactly what is missing (and the next prefix), so that nothing has to be moved.
/// </summary>
internal sealed class ResponseReader : DeserializationContext, IDisposable
{
    private const int InitialSize = 1024;
    private const int MaxReadAhead = 32 * 1024;

    private readonly HttpCall call;
    private readonly Stream body;
    private readonly string? encoding;
    private byte[] buffer = [];
    private int start;
    private int end;
    private int missing;
    private ReadOnlySequence<byte> payload;

    public ResponseReader(HttpCall call, HttpResponseMessage response)
    {
        this.call = call;
        body = response.Content.ReadAsStream();
        encoding = response.Headers.NonValidated.TryGetValues(WireNames.Encoding, out var values)
            ? values.ToString()
            : null;
    }

    /// <summary>Whether bytes are left that no message has taken.</summary>
    public bool HasBytes => start < end;

    public override int PayloadLength => (int)payload.Length;

    public override byte[] PayloadAsNewBuffer() => payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => payload;

    /// <summary>The next message if all of it is here.</summary>
    public bool TryTake<T>(Func<DeserializationContext, T> deserialize, out T? message)
    {
        message = default;
        missing = 0;
        var available = end - start;
        if (available < MessagePrefix.Size)
        {
            return false;
        }

        var prefix = MessagePrefix.Read(buffer.AsSpan(start));
        if (prefix.Length > (uint)(call.Channel.Options.MaxReceiveMessageSize ?? int.MaxValue - MessagePrefix.Size * 2))
        {
            throw WireError.ReceivedTooLarge();
        }

        var total = MessagePrefix.Size + (int)prefix.Length;
        if (available < total)
        {
            missing = total - available;
            return false;
        }

        var bytes = buffer.AsMemory(start + MessagePrefix.Size, (int)prefix.Length);
        message = prefix.Compressed ? Decompress(bytes, deserialize) : Deserialize(bytes, deserialize);
        start += total;
        return true;
    }

    /// <summary>Reads more; false at the end of the body.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        var wanted = PrepareSpace();
        var count = await body.ReadAsync(buffer.AsMemory(end, wanted), cancellationToken);
        end += count;
        return count > 0;
    }

    public void Dispose()
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = [];
            start = end = 0;
        }
    }

    /// <summary>Makes room at the end of the buffer, and says how much of it to fill.</summary>
    private int PrepareSpace()
    {
        var held = end - start;
        if (held == 0)
        {
            start = end = 0;
        }

        var wanted = missing == 0 ? 0 : missing + MessagePrefix.Size;
        var needed = held + Math.Max(wanted, MessagePrefix.Size);
        if (needed <= buffer.Length - start && buffer.Length > end)
        {
            return wanted == 0 ? buffer.Length - end : Math.Min(Math.Max(wanted, 0), buffer.Length - end);
        }

        // A buffer that filled up wholly meets a fast stream of small messages: read further ahead.
        var size = Math.Max(needed, Math.Min(Math.Max(InitialSize, buffer.Length * 2), MaxReadAhead));
        MoveTo(size <= buffer.Length ? buffer : ArrayPool<byte>.Shared.Rent(size));
        return wanted == 0 ? buffer.Length - end : Math.Min(wanted, buffer.Length - end);
    }

    private void MoveTo(byte[] target)
    {
        buffer.AsSpan(start, end - start).CopyTo(target);
        if (target != buffer && buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        buffer = target;
        end -= start;
        start = 0;
    }

    private T Deserialize<T>(ReadOnlyMemory<byte> bytes, Func<DeserializationContext, T> deserialize)
    {
        payload = new ReadOnlySequence<byte>(bytes);
        try
        {
            return deserialize(this);
        }
        finally
        {
            payload = default;
        }
    }

    private T Decompress<T>(ReadOnlyMemory<byte> bytes, Func<DeserializationContext, T> deserialize)
    {
        using var plain = new PooledBufferWriter();
        call.Channel.Compression.Decompress(
            encoding,
            new ReadOnlySequence<byte>(bytes),
            call.Channel.Options.MaxReceiveMessageSize,
            plain
        );
        return Deserialize(plain.Written, deserialize);
    }
}

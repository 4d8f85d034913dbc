using System.Buffers;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client;

/// <summary>
/// Takes messages out of a response body. Bytes are read into one pooled buffer: many small messages by one read, and
/// of a large message exactly what is missing (and the next prefix), so that nothing has to be moved.
/// </summary>
internal sealed class ResponseReader : DeserializationContext, IDisposable
{
    private const int InitialSize = 1024;
    private const int MaxReadAhead = 32 * 1024;

    /// <summary>From here on, reading past the message would cost more in moving than it saves in reads.</summary>
    private const int LargeRest = 16 * 1024;

    private readonly HttpCall call;
    private readonly Stream body;
    private readonly string? encoding;
    private byte[] buffer = [];
    private int start;
    private int end;
    private int missing;
    private bool filledUp;
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
        var space = PrepareSpace();
        var count = await body.ReadAsync(space, cancellationToken);
        end += count;
        filledUp = count == space.Length;
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

    /// <summary>
    /// The part of the buffer to fill next. A stream that fills it wholly has more to give: the buffer doubles, up to a
    /// limit, so that idle streams hold little. Only a large message takes more.
    /// </summary>
    private Memory<byte> PrepareSpace()
    {
        var held = end - start;
        if (held == 0)
        {
            start = end = 0;
        }

        var needed = missing + MessagePrefix.Size;
        var grows = filledUp && buffer.Length < MaxReadAhead;
        if (grows || end + needed > buffer.Length)
        {
            var size = Math.Max(held + needed, grows ? buffer.Length * 2 : InitialSize);
            MoveTo(size <= buffer.Length ? buffer : ArrayPool<byte>.Shared.Rent(size));
        }

        return missing > LargeRest ? buffer.AsMemory(end, needed) : buffer.AsMemory(end);
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

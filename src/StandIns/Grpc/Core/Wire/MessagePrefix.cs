using System.Buffers;
using System.Buffers.Binary;

namespace Grpc.Core.Wire;

/// <summary>
/// What precedes every message on the wire: one byte that says whether it is compressed (0 or 1), and its length in
/// bytes as a big-endian 32-bit number.
/// <code>
/// +------------+-----------------------+---------
/// | compressed | length                | message
/// +------------+-----------------------+---------
///   1 byte       4 bytes
/// </code>
/// </summary>
internal readonly record struct MessagePrefix(bool Compressed, uint Length)
{
    public const int Size = 5;

    public void Write(Span<byte> destination)
    {
        destination[0] = Compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], Length);
    }

    /// <summary>The prefix at the front of <paramref name="source"/>.</summary>
    /// <exception cref="RpcException">
    /// INTERNAL: the first byte is neither 0 nor 1, so this is no gRPC framing.
    /// </exception>
    public static MessagePrefix Read(ReadOnlySpan<byte> source) =>
        source[0] > 1
            ? throw WireError.BadFlag(source[0])
            : new MessagePrefix(source[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(source[1..]));

    public static MessagePrefix Read(in ReadOnlySequence<byte> source)
    {
        if (source.FirstSpan.Length >= Size)
        {
            return Read(source.FirstSpan);
        }

        Span<byte> copy = stackalloc byte[Size];
        source.Slice(0, Size).CopyTo(copy);
        return Read(copy);
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using Dendrite.Signals.Blocks;

namespace Dendrite.Backups.Format;

/// <summary>
/// Rows of one table, and for blocks their payloads: the objects of a backup. Named by the SHA-256 of its bytes.
/// </summary>
/// <remarks>
/// <code>
/// "DNDRCHNK" (8)  format (4) = 1  packed (4)  unpacked (4)      lengths of the rows, little-endian
/// rows      JSON objects, a line each, packed with Brotli       "payload": n says n bytes are its
/// payloads  in the order of the rows, as they lie in the database, to the end
/// </code>
/// </remarks>
public sealed class Chunk
{
    public const int HeaderBytes = 20;
    public const int Format = 1;

    private static ReadOnlySpan<byte> Magic => "DNDRCHNK"u8;

    private readonly byte[] rows;
    private readonly ReadOnlyMemory<byte> payloads;

    private Chunk(byte[] rows, ReadOnlyMemory<byte> payloads) => (this.rows, this.payloads) = (rows, payloads);

    /// <summary>Lines of JSON, UTF-8, each ended.</summary>
    public ReadOnlyMemory<byte> Rows => rows;

    public ReadOnlyMemory<byte> Payloads => payloads;

    /// <summary>Reads a chunk whose digest was compared already, and trusts it no more for that.</summary>
    /// <exception cref="BackupFormatException">It is no chunk, or a longer one than allowed.</exception>
    public static Chunk Open(ReadOnlyMemory<byte> content)
    {
        var bytes = content.Span;
        if (bytes.Length < HeaderBytes || !bytes.StartsWith(Magic))
        {
            throw new BackupFormatException("it is no chunk of a backup", 0);
        }

        var format = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (format != Format)
        {
            throw new BackupFormatException($"it is a chunk of format {format}, and {Format} is known", 8);
        }

        var packed = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        var unpacked = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        if (packed < 0 || packed > bytes.Length - HeaderBytes)
        {
            throw new BackupFormatException($"its rows take {packed} bytes, and {bytes.Length} are there", 12);
        }

        if (unpacked is < 0 or > BackupLimits.HeadBytes)
        {
            var most = BackupLimits.HeadBytes;
            throw new BackupFormatException($"its rows unpack to {unpacked} bytes, and {most} are allowed", 16);
        }

        var rows = Packing.Unpack(bytes.Slice(HeaderBytes, packed), unpacked);
        return new(rows, content[(HeaderBytes + packed)..]);
    }

    /// <summary>Puts a chunk together.</summary>
    /// <param name="rows">Lines of JSON, UTF-8, each ended.</param>
    /// <param name="payloads">All of them, in order.</param>
    public static byte[] Write(ReadOnlySpan<byte> rows, ReadOnlySpan<byte> payloads)
    {
        var packed = Packing.Pack(rows);
        var content = new byte[HeaderBytes + packed.Length + payloads.Length];
        Magic.CopyTo(content);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(8), Format);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(12), packed.Length);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(16), rows.Length);
        packed.CopyTo(content.AsSpan(HeaderBytes));
        payloads.CopyTo(content.AsSpan(HeaderBytes + packed.Length));
        return content;
    }

    /// <summary>CRC-32C of each piece of an object: so damage has a place.</summary>
    public static uint[] Pieces(ReadOnlySpan<byte> content)
    {
        var pieces = new uint[(content.Length + BackupLimits.PieceBytes - 1) / BackupLimits.PieceBytes];
        for (var i = 0; i < pieces.Length; i++)
        {
            var start = i * BackupLimits.PieceBytes;
            pieces[i] = Crc32C.Compute(content[start..Math.Min(content.Length, start + BackupLimits.PieceBytes)]);
        }

        return pieces;
    }

    /// <summary>What is wrong with an object that was read; null: nothing.</summary>
    /// <param name="content">As it came, up to a byte more than it should have.</param>
    /// <param name="expected">As its manifest describes it.</param>
    public static BackupFormatException? FindDamage(ReadOnlySpan<byte> content, ChunkEntry expected)
    {
        if (SHA256.HashData(content).AsSpan().SequenceEqual(Convert.FromHexString(expected.Object)))
        {
            return null;
        }

        var pieces = Pieces(content[..Math.Min(content.Length, expected.Bytes)]);
        for (var i = 0; i < Math.Min(pieces.Length, expected.Pieces.Count); i++)
        {
            // A last piece that was cut off differs too; where it ends says more.
            var isCut = content.Length < expected.Bytes && i == pieces.Length - 1;
            if (!isCut && pieces[i] != expected.Pieces[i])
            {
                var start = (long)i * BackupLimits.PieceBytes;
                var end = Math.Min(expected.Bytes, start + BackupLimits.PieceBytes);
                return new($"bytes {start} to {end} are not those that were written", start);
            }
        }

        return content.Length < expected.Bytes
                ? new($"it ends after {content.Length} of {expected.Bytes} bytes", content.Length)
            : content.Length > expected.Bytes
                ? new($"it goes on after the {expected.Bytes} bytes that were written", expected.Bytes)
            : new("it does not have the digest in its name");
    }
}

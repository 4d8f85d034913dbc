using System.IO.Compression;

namespace Dendrite.Backups.Format;

/// <summary>Packs and unpacks with Brotli, with a bound on what comes out: a small object may claim to be a huge
/// one.</summary>
internal static class Packing
{
    /// <summary>Rows are text that repeats itself; higher levels save a few parts in a hundred and take many times as
    /// long.</summary>
    private const int Quality = 4;

    private const int WindowBits = 22;

    public static byte[] Pack(ReadOnlySpan<byte> content)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(content.Length)];
        return BrotliEncoder.TryCompress(content, packed, out var length, Quality, WindowBits)
            ? packed[..length]
            : throw new InvalidOperationException("There was less room than Brotli asks for.");
    }

    /// <param name="length">What must come out, no more and no less.</param>
    /// <exception cref="BackupFormatException">Something else comes out.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, int length)
    {
        var content = new byte[length];
        return BrotliDecoder.TryDecompress(packed, content, out var written) && written == length
            ? content
            : throw new BackupFormatException($"it does not unpack to the {length} bytes that it says");
    }
}

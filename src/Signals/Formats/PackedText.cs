using System.IO.Compression;
using System.Text;

namespace Dendrite.Signals.Formats;

/// <summary>
/// Text with much repetition as a short string for metadata: the zlib stream (RFC 1950) of its Latin-1 bytes, in
/// base64. A header of 64 KiB, spaces for the most part, takes one or two.
/// </summary>
internal static class PackedText
{
    /// <summary>More than any header; what is unpacked comes from where anyone may have written it.</summary>
    private const int MaxBytes = 16 << 20;

    public static string Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(bytes);
        }
        return Convert.ToBase64String(packed.GetBuffer().AsSpan(0, (int)packed.Length));
    }

    public static string Pack(string text) => Pack(Encoding.Latin1.GetBytes(text));

    /// <summary>The bytes again; null when this is not, or is no longer, what was packed.</summary>
    public static byte[]? TryUnpack(string packed)
    {
        try
        {
            using var zlib = new ZLibStream(
                new MemoryStream(Convert.FromBase64String(packed)),
                CompressionMode.Decompress
            );
            using var unpacked = new MemoryStream();
            byte[] buffer = new byte[8192];
            for (int length; (length = zlib.Read(buffer)) > 0; )
            {
                if (unpacked.Length + length > MaxBytes)
                {
                    return null;
                }
                unpacked.Write(buffer, 0, length);
            }
            return unpacked.ToArray();
        }
        catch (Exception error) when (error is FormatException or InvalidDataException)
        {
            return null;
        }
    }
}

using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Dendrite.Backups.Format;

/// <summary>
/// Gathers rows until they are a chunk. What ends one follows from the rows alone, so that rows that were backed up
/// before make the same chunk again, and only what came since makes new ones. Not thread-safe.
/// </summary>
public sealed class ChunkBuilder(string table)
{
    /// <summary>Some thousand typical rows; packed they take a tenth.</summary>
    private const int RowBytes = 4 << 20;

    /// <summary>What a restore inserts in one transaction.</summary>
    private const int MaxRows = 20_000;

    private readonly ArrayBufferWriter<byte> rows = new();
    private readonly ArrayBufferWriter<byte> payloads = new();
    private long first = long.MaxValue;
    private long last;
    private int count;

    public bool IsEmpty => count == 0;

    public bool IsFull => rows.WrittenCount >= RowBytes || count >= MaxRows;

    /// <param name="json">An object on one line.</param>
    /// <param name="version">The commit that wrote the row.</param>
    public void Add(string json, long version, ReadOnlySpan<byte> payload = default)
    {
        rows.Advance(Encoding.UTF8.GetBytes(json, rows.GetSpan(Encoding.UTF8.GetMaxByteCount(json.Length))));
        rows.Write("\n"u8);
        payloads.Write(payload);
        (first, last) = (Math.Min(first, version), Math.Max(last, version));
        count++;
    }

    /// <summary>The chunk and what a manifest says of it; then begins anew.</summary>
    /// <param name="identity">As <see cref="ChunkEntry.Identity"/>.</param>
    public (ChunkEntry Entry, byte[] Content) Complete(string? identity = null)
    {
        var content = Chunk.Write(rows.WrittenSpan, payloads.WrittenSpan);
        var entry = new ChunkEntry
        {
            Table = table,
            Rows = count,
            FirstVersion = first,
            LastVersion = last,
            Object = Convert.ToHexStringLower(SHA256.HashData(content)),
            Bytes = content.Length,
            Pieces = Chunk.Pieces(content),
            Identity = identity,
        };
        rows.ResetWrittenCount();
        payloads.ResetWrittenCount();
        (first, last, count) = (long.MaxValue, 0, 0);
        return (entry, content);
    }
}

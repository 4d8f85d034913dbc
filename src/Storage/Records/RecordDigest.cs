using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Dendrite.Storage.Records;

/// <summary>
/// What hashes say about records: the digest of each row, kept with it, and that of a commit, which the hash chain
/// covers. Both can be computed again from what the database holds.
/// </summary>
/// <remarks>
/// <code>
/// row      SHA-256( "dendrite record 1"  canonical document )          nothing follows for a deletion
/// dataset  SHA-256( "dendrite dataset 1" canonical definition )
/// commit   SHA-256( "dendrite records 1"
///            datasets, by id:            'D' id (8) deleted (1) uid (16) length (4) name  dataset digest (32)
///            rows, by dataset, then key: 'R' dataset (8) length (4) key  row digest (32) )
/// </code>
/// Integers are big-endian, lengths in bytes; the canonical form is that of <see cref="CanonicalJson"/>.
/// </remarks>
public static class RecordDigest
{
    public const int SizeBytes = SHA256.HashSizeInBytes;

    /// <summary>Bytes of a thread's buffer; what a larger document made of it is not kept.</summary>
    internal const int MostKept = 64 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? canonical;

    /// <summary>The digest of a row.</summary>
    /// <param name="document">UTF-8 JSON; null: the row is a deletion.</param>
    /// <exception cref="System.Text.Json.JsonException">The document is no JSON.</exception>
    public static byte[] OfRow(ReadOnlyMemory<byte>? document) => Of("dendrite record 1"u8, document);

    /// <summary>Begins the digest of a commit.</summary>
    public static CommitDigest BeginCommit() => new();

    internal static byte[] OfDefinition(ReadOnlyMemory<byte> definition) => Of("dendrite dataset 1"u8, definition);

    private static byte[] Of(ReadOnlySpan<byte> domain, ReadOnlyMemory<byte>? json)
    {
        // One buffer for each thread: documents come by the million.
        canonical = canonical is { Capacity: <= MostKept } ? canonical : new();
        canonical.ResetWrittenCount();
        canonical.Write(domain);
        if (json is { } document)
        {
            CanonicalJson.Write(document.Span, canonical);
        }

        return SHA256.HashData(canonical.WrittenSpan);
    }

    /// <summary>
    /// The digest of a commit, fed its datasets by id, then its rows by dataset and key. Not thread-safe.
    /// </summary>
    public sealed class CommitDigest : IDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly byte[] buffer = new byte[sizeof(long)];
        private readonly ArrayBufferWriter<byte> row = new();

        internal CommitDigest() => hash.AppendData("dendrite records 1"u8);

        public void Add(DatasetChange dataset)
        {
            hash.AppendData("D"u8);
            AppendInt64(dataset.Id.Value);
            hash.AppendData(dataset.Deleted ? [1] : [0]);
            hash.AppendData(dataset.Uid.ToByteArray(bigEndian: true));
            var name = System.Text.Encoding.UTF8.GetBytes(dataset.Name);
            AppendInt32(name.Length);
            hash.AppendData(name);
            hash.AppendData(OfDefinition(dataset.Definition));
        }

        /// <param name="rowDigest">Of <see cref="OfRow"/>.</param>
        public void Add(DatasetId dataset, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rowDigest)
        {
            // At once: each piece would be a call of its own out of the runtime.
            row.ResetWrittenCount();
            row.Write("R"u8);
            BinaryPrimitives.WriteInt64BigEndian(row.GetSpan(sizeof(long)), dataset.Value);
            row.Advance(sizeof(long));
            BinaryPrimitives.WriteInt32BigEndian(row.GetSpan(sizeof(int)), key.Length);
            row.Advance(sizeof(int));
            row.Write(key);
            row.Write(rowDigest);
            hash.AppendData(row.WrittenSpan);
        }

        public byte[] Complete() => hash.GetHashAndReset();

        public void Dispose() => hash.Dispose();

        private void AppendInt64(long value)
        {
            BinaryPrimitives.WriteInt64BigEndian(buffer, value);
            hash.AppendData(buffer);
        }

        private void AppendInt32(int value)
        {
            BinaryPrimitives.WriteInt32BigEndian(buffer, value);
            hash.AppendData(buffer.AsSpan(0, sizeof(int)));
        }
    }
}

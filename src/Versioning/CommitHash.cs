using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dendrite.Versioning;

/// <summary>
/// The hash of a commit, which covers its parent's hash: changing any commit changes every later hash of its line. The
/// database computes the same bytes in <c>branching.commit_hash</c>; a test compares the two.
/// </summary>
/// <remarks>
/// SHA-256 over, in this order, integers big-endian:
/// <code>
/// "dendrite commit 1"  parent hash (32)  project (8)  timeline (8)  version (8)  time, µs since 1970 (8)
/// length (4) author    length (4) message    length (4) digest
/// </code>
/// Lengths are in bytes of UTF-8, so that no two commits give the same input.
/// </remarks>
public static class CommitHash
{
    public const int SizeBytes = SHA256.HashSizeInBytes;

    /// <summary>The parent hash of a project's first commit.</summary>
    public static ReadOnlySpan<byte> Genesis => new byte[SizeBytes];

    private static ReadOnlySpan<byte> Domain => "dendrite commit 1"u8;

    /// <summary>The hash of a commit after the one that has <paramref name="parentHash"/>.</summary>
    /// <param name="parentHash">The hash of the commit before it, across forks; <see cref="Genesis"/> for the
    /// first.</param>
    /// <param name="projectId">The project's number in the database.</param>
    /// <param name="commit">What the commit says.</param>
    public static byte[] Compute(ReadOnlySpan<byte> parentHash, long projectId, CommitContent commit)
    {
        if (parentHash.Length != SizeBytes)
        {
            throw new ArgumentException($"A hash has {SizeBytes} bytes, not {parentHash.Length}.", nameof(parentHash));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Domain);
        hash.AppendData(parentHash);
        AppendInt64(hash, projectId);
        AppendInt64(hash, commit.Timeline.Value);
        AppendInt64(hash, commit.Version.Value);
        AppendInt64(hash, (commit.Time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        AppendBytes(hash, Encoding.UTF8.GetBytes(commit.Author));
        AppendBytes(hash, Encoding.UTF8.GetBytes(commit.Message));
        AppendBytes(hash, commit.Digest.Span);
        return hash.GetHashAndReset();
    }

    private static void AppendInt64(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        hash.AppendData(bytes);
    }

    private static void AppendBytes(IncrementalHash hash, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        hash.AppendData(length);
        hash.AppendData(value);
    }
}

using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Dendrite.Contracts.Paging;

/// <summary>
/// Where a listing goes on, as an opaque string that is good for one request only. It holds the position (the sort key
/// of the last item given out, never an offset: rows come and go between pages) and a digest of the request's other
/// fields, so a token brought to another parent, filter or order is refused instead of skipping items in silence.
/// </summary>
/// <remarks>
/// A token is not a secret and grants nothing: every page is authorised like the first. The digest finds mistakes and
/// damage, not attacks, so no key has to be shared by the replicas.
/// <code>
/// base64url of:  u8 format = 1 | digest[8] | position as UTF-8 | checksum[4]
///   digest    first bytes of SHA-256 over the request's fields, each as u32 big-endian length and UTF-8
///   checksum  first bytes of SHA-256 over everything before it
/// </code>
/// </remarks>
public static class PageToken
{
    private const byte Format = 1;
    private const int DigestLength = 8;
    private const int ChecksumLength = 4;
    private const int PositionStart = 1 + DigestLength;
    private const int MaxTokenLength = 8_192;

    /// <summary>Makes a token.</summary>
    /// <param name="position">Whatever the listing needs to go on after the last item.</param>
    /// <param name="request">
    /// The method and the fields that must stay as they are: parent, filter, order, read point.
    /// </param>
    public static string Encode(string position, params ReadOnlySpan<string> request)
    {
        var positionLength = Encoding.UTF8.GetByteCount(position);
        var token = new byte[PositionStart + positionLength + ChecksumLength];
        token[0] = Format;
        Digest(request).CopyTo(token.AsSpan(1));
        Encoding.UTF8.GetBytes(position, token.AsSpan(PositionStart));
        Checksum(token.AsSpan(..^ChecksumLength)).CopyTo(token.AsSpan(^ChecksumLength..));
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Reads a token; null for the empty one, which asks for the first page.</summary>
    /// <param name="token">The request's <c>page_token</c>.</param>
    /// <param name="request">The same values in the same order as when it was made.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.InvalidPageToken"/>.</exception>
    public static string? Decode(string token, params ReadOnlySpan<string> request)
    {
        if (token.Length == 0)
            return null;
        if (token.Length > MaxTokenLength || !Base64Url.IsValid(token))
            throw NotOurs();
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length < PositionStart + ChecksumLength || bytes[0] != Format)
            throw NotOurs();
        if (!Checksum(bytes.AsSpan(..^ChecksumLength)).SequenceEqual(bytes.AsSpan(^ChecksumLength..)))
            throw Invalid("is damaged");
        if (!Digest(request).SequenceEqual(bytes.AsSpan(1, DigestLength)))
            throw Invalid("belongs to another request: parent, filter, order and read point must stay as they were");
        var position = bytes.AsSpan(PositionStart..^ChecksumLength);
        // No list has such a place, and PostgreSQL takes no such text.
        if (position.Contains((byte)0) || !Utf8.IsValid(position))
            throw NotOurs();
        return Encoding.UTF8.GetString(position);
    }

    /// <summary>
    /// INVALID_PAGE_TOKEN, for a list that cannot read its place: tokens are checked and not signed, so what is in one
    /// may be a stranger's.
    /// </summary>
    public static DendriteException NotOurs() => Invalid("is not one that this server gave out");

    /// <summary>Reads a place, or a part of one, with a parser that throws for what is none.</summary>
    /// <exception cref="DendriteException">INVALID_PAGE_TOKEN, as of <see cref="NotOurs"/>.</exception>
    public static T Parse<T>(string place, Func<string, T> parse)
    {
        try
        {
            return parse(place);
        }
        catch (Exception error) when (error is FormatException or OverflowException or JsonException)
        {
            throw NotOurs();
        }
    }

    private static ReadOnlySpan<byte> Digest(ReadOnlySpan<string> request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        foreach (var field in request)
        {
            // The length keeps ("ab", "c") apart from ("a", "bc").
            var bytes = Encoding.UTF8.GetBytes(field);
            BinaryPrimitives.WriteUInt32BigEndian(length, (uint)bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
        return hash.GetHashAndReset().AsSpan(0, DigestLength);
    }

    private static ReadOnlySpan<byte> Checksum(ReadOnlySpan<byte> bytes) =>
        SHA256.HashData(bytes).AsSpan(0, ChecksumLength);

    private static DendriteException Invalid(string problem)
    {
        var remedy = $"{problem}; begin again with an empty page_token";
        return new DendriteException(ErrorReason.InvalidPageToken, $"page_token: {remedy}")
        {
            FieldViolations = [new FieldViolation("page_token", remedy)],
        };
    }
}

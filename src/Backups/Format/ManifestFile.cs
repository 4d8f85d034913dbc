using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dendrite.Backups.Format;

/// <summary>
/// A manifest as it lies in a store: the length of its JSON (4, little-endian), then the JSON packed with Brotli.
/// </summary>
public static class ManifestFile
{
    private const int HeaderBytes = 4;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        MaxDepth = 32,
    };

    /// <summary>What is stored, and the digest by which it is known.</summary>
    public static (byte[] Content, byte[] Digest) Write(Manifest manifest)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(manifest, Json);
        var packed = Packing.Pack(json);
        var content = new byte[HeaderBytes + packed.Length];
        BinaryPrimitives.WriteInt32LittleEndian(content, json.Length);
        packed.CopyTo(content.AsSpan(HeaderBytes));
        return (content, SHA256.HashData(content));
    }

    /// <summary>Whether what was written is within what <see cref="Read"/> takes.</summary>
    /// <param name="content">As <see cref="Write"/> gave it.</param>
    public static bool Fits(Manifest manifest, ReadOnlySpan<byte> content) =>
        content.Length <= BackupLimits.ManifestBytes
        && BinaryPrimitives.ReadInt32LittleEndian(content) <= BackupLimits.ManifestBytes
        && ManifestRules.FindExcess(manifest) is null;

    /// <summary>Reads and checks all that can be checked without the objects.</summary>
    /// <param name="content">Up to <see cref="BackupLimits.ManifestBytes"/>.</param>
    /// <param name="digest">What its name, or the database, says: 32 bytes.</param>
    /// <exception cref="BackupFormatException">It is none, not that one, or asks too much.</exception>
    public static Manifest Read(ReadOnlySpan<byte> content, ReadOnlySpan<byte> digest)
    {
        if (content.Length < HeaderBytes || content.Length > BackupLimits.ManifestBytes)
        {
            throw new BackupFormatException($"it has {content.Length} bytes, which no manifest has");
        }

        if (!SHA256.HashData(content).AsSpan().SequenceEqual(digest))
        {
            throw new BackupFormatException("it does not have the digest that it was stored with");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(content);
        if (length is < 0 or > BackupLimits.ManifestBytes)
        {
            throw new BackupFormatException(
                $"it unpacks to {length} bytes, and {BackupLimits.ManifestBytes} are allowed",
                0
            );
        }

        var manifest = Parse(Packing.Unpack(content[HeaderBytes..], length));
        ManifestRules.Check(manifest);
        return manifest;
    }

    private static Manifest Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<Manifest>(json, Json)
                ?? throw new BackupFormatException("it holds no manifest");
        }
        catch (JsonException malformed)
        {
            throw new BackupFormatException($"it is no manifest of this format: {malformed.Message}", null, malformed);
        }
    }
}

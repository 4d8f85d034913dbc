using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Dendrite.Backups.Format;

namespace Dendrite.Backups.Tests.Format;

internal static class Manifests
{
    public static string ChunkObject { get; } = new('a', 64);

    /// <summary>One branch with one timeline of one chunk.</summary>
    public static Manifest Small() =>
        new()
        {
            Format = Manifest.FormatName,
            Project = "lab",
            Plan = "nightly",
            Backup = "20261121-170000-0a1b2c3d",
            CreateTime = new(2026, 11, 21, 17, 0, 0, TimeSpan.Zero),
            ObjectBytes = 100,
            Items =
            [
                new()
                {
                    Kind = "branch",
                    Name = "main",
                    Timeline = 7,
                    Version = 9,
                    Digest = new('0', 64),
                    Entries = [new(7, 0, 9)],
                    Descriptor = new JsonObject { ["display_name"] = "a branch" },
                },
            ],
            Timelines =
            [
                new()
                {
                    Id = 7,
                    StartVersion = 0,
                    Through = 9,
                    Chunks =
                    [
                        new()
                        {
                            Table = "branching.commit",
                            Rows = 1,
                            FirstVersion = 1,
                            LastVersion = 9,
                            Object = ChunkObject,
                            Bytes = 100,
                            Pieces = [1],
                        },
                    ],
                },
            ],
        };

    /// <summary>Any JSON as a manifest lies in a store.</summary>
    public static byte[] Pack(byte[] json)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(json.Length)];
        Assert.True(BrotliEncoder.TryCompress(json, packed, out var length));
        var content = new byte[4 + length];
        BinaryPrimitives.WriteInt32LittleEndian(content, json.Length);
        packed.AsSpan(0, length).CopyTo(content.AsSpan(4));
        return content;
    }
}

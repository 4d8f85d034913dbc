using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dendrite.Backups.Format;

namespace Dendrite.Backups.Tests.Format;

public sealed class ManifestFileTests
{
    [Fact]
    public void A_manifest_is_read_as_it_was_written()
    {
        var (content, digest) = ManifestFile.Write(Manifests.Small());

        var read = ManifestFile.Read(content, digest);

        Assert.Equal("lab", read.Project);
        Assert.Equal([new ManifestEntry(7, 0, 9)], read.Items[0].Entries);
        Assert.Equal(Manifests.ChunkObject, read.Timelines[0].Chunks[0].Object);
        Assert.Equal("a branch", (string)read.Items[0].Descriptor["display_name"]!);
    }

    [Fact]
    public void Each_flipped_byte_is_found()
    {
        var (content, digest) = ManifestFile.Write(Manifests.Small());
        for (var i = 0; i < content.Length; i++)
        {
            var flipped = content.ToArray();
            flipped[i] ^= 0x40;
            Assert.Throws<BackupFormatException>(() => ManifestFile.Read(flipped, digest));
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(BackupLimits.ManifestBytes + 1)]
    [InlineData(BackupLimits.ManifestBytes)]
    public void A_manifest_that_says_it_unpacks_to_more_than_it_does_is_refused(int length)
    {
        var (content, _) = ManifestFile.Write(Manifests.Small());
        BinaryPrimitives.WriteInt32LittleEndian(content, length);

        var digest = SHA256.HashData(content);

        Assert.Throws<BackupFormatException>(() => ManifestFile.Read(content, digest));
    }

    [Fact]
    public void What_a_reader_would_refuse_for_its_size_does_not_fit()
    {
        var small = Manifests.Small();
        Assert.True(ManifestFile.Fits(small, ManifestFile.Write(small).Content));

        var items = Enumerable.Range(0, BackupLimits.Items + 1);
        var large = small with { Items = [.. items.Select(i => small.Items[0] with { Name = $"b{i}" })] };
        var (content, digest) = ManifestFile.Write(large);

        Assert.False(ManifestFile.Fits(large, content));
        Assert.Throws<BackupFormatException>(() => ManifestFile.Read(content, digest));
    }

    public static TheoryData<string, Func<Manifest, Manifest>> Hostile() =>
        new()
        {
            { "another format", manifest => manifest with { Format = "dendrite backup 2" } },
            { "a project that climbs", manifest => manifest with { Project = "../other" } },
            { "a plan that is a path", manifest => manifest with { Plan = "a/b" } },
            { "no items", manifest => manifest with { Items = [] } },
            { "an item that is none", manifest => manifest with { Items = [manifest.Items[0], null!] } },
            {
                "an entry that is none",
                manifest => Item(manifest, item => item with { Entries = [new(7, 0, 9), null!] })
            },
            { "a timeline that is none", manifest => manifest with { Timelines = [manifest.Timelines[0], null!] } },
            {
                "a chunk that is none",
                manifest => Line(manifest, line => line with { Chunks = [line.Chunks[0], null!] })
            },
            { "an item twice", manifest => manifest with { Items = [manifest.Items[0], manifest.Items[0]] } },
            { "an unknown kind", manifest => Item(manifest, item => item with { Kind = "project" }) },
            { "a name that climbs", manifest => Item(manifest, item => item with { Name = "../main" }) },
            { "a digest that is none", manifest => Item(manifest, item => item with { Digest = "00" }) },
            { "a timeline that is not there", manifest => Item(manifest, item => item with { Timeline = 8 }) },
            {
                "an owner that is not there",
                manifest => Item(manifest, item => item with { Entries = [new(8, 0, 1)] })
            },
            { "more than there is", manifest => Item(manifest, item => item with { Entries = [new(7, 0, 10)] }) },
            {
                "an entry twice",
                manifest => Item(manifest, item => item with { Entries = [new(7, 0, 9), new(7, 0, 8)] })
            },
            {
                "timelines out of order",
                manifest => manifest with { Timelines = [manifest.Timelines[0], manifest.Timelines[0]] }
            },
            {
                "absorbed by itself",
                manifest => Line(manifest, line => line with { AbsorbedInto = 7, AbsorbedAt = 5 })
            },
            {
                "absorbed by nobody",
                manifest => Line(manifest, line => line with { AbsorbedInto = 99, AbsorbedAt = 5 })
            },
            { "rows of another table", manifest => Chunk(manifest, chunk => chunk with { Table = "access.api_key" }) },
            {
                "an object that climbs",
                manifest => Chunk(manifest, chunk => chunk with { Object = "../../etc/passwd" })
            },
            { "a huge object", manifest => Chunk(manifest, chunk => chunk with { Bytes = int.MaxValue }) },
            { "an empty object", manifest => Chunk(manifest, chunk => chunk with { Bytes = 0, Pieces = [] }) },
            { "checksums for another length", manifest => Chunk(manifest, chunk => chunk with { Pieces = [1, 2, 3] }) },
            { "no rows", manifest => Chunk(manifest, chunk => chunk with { Rows = 0 }) },
            { "versions beyond its timeline", manifest => Chunk(manifest, chunk => chunk with { LastVersion = 10 }) },
        };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_manifest_that_breaks_a_rule_is_refused(string what, Func<Manifest, Manifest> change)
    {
        var (content, digest) = ManifestFile.Write(change(Manifests.Small()));

        var refused = Record.Exception(() => ManifestFile.Read(content, digest));

        Assert.True(refused is BackupFormatException, what);
    }

    [Fact]
    public void A_manifest_of_another_shape_is_refused_and_says_where()
    {
        var json = new JsonObject { ["format"] = Manifest.FormatName, ["surprise"] = 1 }.ToJsonString();
        var content = Manifests.Pack(System.Text.Encoding.UTF8.GetBytes(json));

        var refused = Assert.Throws<BackupFormatException>(() => ManifestFile.Read(content, SHA256.HashData(content)));

        Assert.Contains("no manifest of this format", refused.Message, StringComparison.Ordinal);
    }

    private static Manifest Item(Manifest manifest, Func<ManifestItem, ManifestItem> change) =>
        manifest with
        {
            Items = [change(manifest.Items[0])],
        };

    private static Manifest Line(Manifest manifest, Func<ManifestTimeline, ManifestTimeline> change) =>
        manifest with
        {
            Timelines = [change(manifest.Timelines[0])],
        };

    private static Manifest Chunk(Manifest manifest, Func<ChunkEntry, ChunkEntry> change) =>
        Line(manifest, line => line with { Chunks = [change(line.Chunks[0])] });
}

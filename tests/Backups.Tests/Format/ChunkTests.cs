using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Dendrite.Backups.Format;

namespace Dendrite.Backups.Tests.Format;

public sealed class ChunkTests
{
    [Fact]
    public void Rows_and_payloads_come_back_as_they_were_added()
    {
        var (entry, content) = Build(rows: 3, payloadBytes: 1_000);

        var chunk = Chunk.Open(content);

        Assert.Equal(3, entry.Rows);
        Assert.Equal((1, 3), (entry.FirstVersion, entry.LastVersion));
        Assert.Equal("{\"row\":1}\n{\"row\":2}\n{\"row\":3}\n", Encoding.UTF8.GetString(chunk.Rows.Span));
        Assert.Equal(3_000, chunk.Payloads.Length);
        Assert.Null(Chunk.FindDamage(content, entry));
    }

    [Fact]
    public void The_layout_of_a_chunk_is_the_one_that_is_documented()
    {
        var content = Chunk.Write("{}\n"u8, [1, 2, 3]);

        Assert.Equal("DNDRCHNK", Encoding.ASCII.GetString(content, 0, 8));
        Assert.Equal(1, BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(8)));
        var packed = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(12));
        Assert.Equal(3, BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(16)));
        var rows = new byte[3];
        Assert.True(BrotliDecoder.TryDecompress(content.AsSpan(20, packed), rows, out _));
        Assert.Equal("{}\n", Encoding.ASCII.GetString(rows));
        Assert.Equal([1, 2, 3], content[(20 + packed)..]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300_000)]
    [InlineData(899_999)]
    public void A_flipped_byte_is_named_by_the_piece_that_it_lies_in(int place)
    {
        var (entry, content) = Build(rows: 3, payloadBytes: 300_000);
        content[place] ^= 1;

        var damage = Chunk.FindDamage(content, entry);

        Assert.Equal(place / BackupLimits.PieceBytes * BackupLimits.PieceBytes, damage!.Offset);
    }

    [Fact]
    public void One_that_was_cut_off_is_damaged_from_its_end_on()
    {
        var (entry, content) = Build(rows: 3, payloadBytes: 300_000);

        var damage = Chunk.FindDamage(content.AsSpan(0, 500_000), entry);

        Assert.Equal(500_000, damage!.Offset);
        Assert.Contains("ends after 500000", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_goes_on_is_damaged_from_where_it_should_end()
    {
        var (entry, content) = Build(rows: 3, payloadBytes: 10);

        var damage = Chunk.FindDamage([.. content, 0], entry);

        Assert.Equal(content.Length, damage!.Offset);
    }

    [Fact]
    public void Another_chunk_in_its_place_is_found()
    {
        var (entry, _) = Build(rows: 3, payloadBytes: 10);
        var (_, other) = Build(rows: 4, payloadBytes: 10);

        Assert.NotNull(Chunk.FindDamage(other, entry));
    }

    [Theory]
    [InlineData(16, int.MaxValue)]
    [InlineData(16, -1)]
    [InlineData(16, BackupLimits.HeadBytes)]
    [InlineData(16, 1)]
    [InlineData(12, int.MaxValue)]
    [InlineData(12, -1)]
    [InlineData(8, 2)]
    [InlineData(0, 0)]
    public void A_chunk_whose_lengths_lie_is_refused(int place, int value)
    {
        var (_, content) = Build(rows: 3, payloadBytes: 10);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(place), value);

        Assert.Throws<BackupFormatException>(() => Chunk.Open(content));
    }

    [Fact]
    public void Rows_that_were_there_before_make_the_same_chunks_when_more_come()
    {
        List<string> before = [.. Names(30_000)];
        List<string> after = [.. Names(50_000)];

        Assert.Equal(before[..^1], after[..(before.Count - 1)]);
    }

    private static IEnumerable<string> Names(int rows)
    {
        var builder = new ChunkBuilder("signals.append");
        for (var i = 1; i <= rows; i++)
        {
            builder.Add($"{{\"row\":{i}}}", i);
            if (builder.IsFull)
            {
                yield return builder.Complete().Entry.Object;
            }
        }

        yield return builder.Complete().Entry.Object;
    }

    private static (ChunkEntry Entry, byte[] Content) Build(int rows, int payloadBytes)
    {
        var random = new Random(5);
        var builder = new ChunkBuilder("signals.block");
        for (var i = 1; i <= rows; i++)
        {
            var payload = new byte[payloadBytes];
            random.NextBytes(payload);
            builder.Add($"{{\"row\":{i}}}", i, payload);
        }

        var made = builder.Complete();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(made.Content)), made.Entry.Object);
        return made;
    }
}

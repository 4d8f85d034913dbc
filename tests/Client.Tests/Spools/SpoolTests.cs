using Dendrite.Client.Spools;
using Dendrite.Errors;

namespace Dendrite.Client.Tests.Spools;

public sealed class SpoolTests : IDisposable
{
    private const int PayloadBytes = 1_000;
    private const int SamplesPerBlock = 10;
    private readonly TempDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void What_was_spooled_is_read_in_order_by_the_next_process()
    {
        using (var spool = Open())
        {
            Fill(spool, 0, 100);
        }

        using var again = Open();
        Assert.Equal([1_000L], again.GroupEnds);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => i * 10L), ReadBlocks(again).Select(block => block.First));
        Assert.All(ReadBlocks(again), block => Assert.Equal(Payload(block.First), block.Payload.ToArray()));
    }

    [Fact]
    public void Whatever_a_crash_leaves_of_the_last_record_is_cut_and_everything_before_it_is_kept()
    {
        using (var spool = Open())
        {
            Fill(spool, 0, 3);
        }

        var path = directory.Files("*.spool")[^1];
        var whole = File.ReadAllBytes(path);
        const int Record = SpoolRecord.HeaderBytes + PayloadBytes;
        for (var kept = 0; kept < Record; kept++)
        {
            // Some file systems keep the length and lose the bytes: both ends of that.
            foreach (var zeros in new[] { 0, Record - kept })
            {
                byte[] torn = [.. whole[..(whole.Length - Record + kept)], .. new byte[zeros]];
                File.WriteAllBytes(path, torn);
                using var spool = Open();
                Assert.Equal([20L], spool.GroupEnds);
                Assert.Equal(kept + zeros, spool.CutBytes);
                Assert.Equal([0L, 10L], ReadBlocks(spool).Select(block => block.First));
            }
        }
    }

    [Fact]
    public void After_a_torn_record_the_spool_goes_on_where_it_was_cut()
    {
        using (var spool = Open())
        {
            Fill(spool, 0, 3);
        }

        var path = directory.Files("*.spool")[^1];
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        using (var spool = Open())
        {
            Fill(spool, 20, 5);
        }

        using var again = Open();
        Assert.Equal([0L, 10, 20, 30, 40, 50, 60], ReadBlocks(again).Select(block => block.First));
    }

    [Fact]
    public void A_damaged_segment_costs_itself_and_the_reader_is_told()
    {
        using (var spool = Open(maxBytes: 160 << 10))
        {
            Fill(spool, 0, 100);
        }

        var segments = directory.Files("*.spool");
        Assert.True(segments.Length > 5);
        var bytes = File.ReadAllBytes(segments[2]);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(segments[2], bytes);
        using var again = Open(maxBytes: 160 << 10);
        var reads = ReadAll(again).Where(read => read.Record.Kind == SpoolKind.Block).ToArray();
        var damaged = Assert.Single(reads, read => read.AfterDamage);
        Assert.Equal(damaged.Segment.Starts[0], damaged.Record.First);
        Assert.InRange(reads.Length, 100 - (bytes.Length / PayloadBytes), 99);
    }

    [Fact]
    public void A_full_spool_drops_the_oldest_and_leaves_one_gap_in_its_place()
    {
        using var spool = Open(maxBytes: 64 << 10);
        List<(long First, long End)> dropped = [];
        spool.Dropped = (_, first, end) => dropped.Add((first, end));
        Fill(spool, 0, 200);

        var records = ReadAll(spool).Select(read => read.Record).Where(record => record.HoldsSamples).ToArray();
        var gap = Assert.Single(records, record => record.Kind == SpoolKind.Gap);
        Assert.Equal(0, gap.First);
        Assert.Equal(V1.GapCause.SpoolOverflow, V1.Gap.Parser.ParseFrom(gap.Payload.Span).Cause);
        Assert.Equal(gap.End, records[1].First);
        Assert.Equal(2_000, records[^1].End);
        Assert.InRange(spool.Bytes, 32 << 10, 64 << 10);
        Assert.Equal(gap.Count, dropped.Sum(range => range.End - range.First));
        Assert.Equal(records.Length, records.DistinctBy(record => record.First).Count());
    }

    [Fact]
    public void What_lay_behind_damage_in_a_dropped_segment_is_declared_and_told_too()
    {
        using (var spool = Open(maxBytes: 160 << 10))
        {
            Fill(spool, 0, 100);
        }

        var segment = directory.Files("*.spool")[1];
        var bytes = File.ReadAllBytes(segment);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(segment, bytes);
        using var again = Open(maxBytes: 160 << 10);
        var dropped = 0L;
        again.Dropped = (_, first, end) => dropped += end - first;
        Fill(again, 1_000, 200);

        var records = ReadAll(again).Select(read => read.Record).Where(record => record.HoldsSamples).ToArray();
        AssertContinuous(records);
        var gaps = records.Where(record => record.Kind == SpoolKind.Gap).ToArray();
        Assert.Single(gaps, gap => V1.Gap.Parser.ParseFrom(gap.Payload.Span).Note.Contains("damaged"));
        Assert.Equal(gaps.Sum(gap => gap.Count), dropped);
    }

    [Fact]
    public void What_is_no_block_survives_the_dropping_around_it()
    {
        using var spool = Open(maxBytes: 64 << 10);
        var note = new V1.Gap { Cause = V1.GapCause.Paused, Note = "lunch" };
        Fill(spool, 0, 2);
        var annotation = new SpoolRecord(SpoolKind.Annotations, SpoolRecord.AllGroups, 20, 0, new byte[] { 1, 2, 3 });
        Assert.True(spool.TryAppend(annotation));
        Assert.True(spool.TryAppend(SpoolRecord.OfGap(SpoolRecord.AllGroups, 20, 30, Bytes(note))));
        Fill(spool, 30, 200);

        var records = ReadAll(spool).Select(read => read.Record).ToArray();
        Assert.Equal(
            [1, 2, 3],
            Assert.Single(records, record => record.Kind == SpoolKind.Annotations).Payload.ToArray()
        );
        Assert.Single(records, record => record.Payload.Span.SequenceEqual(Bytes(note)));
        AssertContinuous(records.Where(record => record.HoldsSamples));
    }

    [Fact]
    public void What_is_on_its_way_is_not_dropped()
    {
        using var spool = Open(maxBytes: 64 << 10);
        Fill(spool, 0, 1);
        var position = spool.Rewind();
        Fill(spool, 10, 200);
        var first = spool.Read(position)!.Value;
        Assert.Equal(SpoolKind.Session, first.Record.Kind);
        var block = spool.Read(first.Next)!.Value.Record;
        Assert.Equal((SpoolKind.Block, 0L), (block.Kind, block.First));
    }

    [Fact]
    public void A_spool_whose_segments_are_all_on_their_way_takes_no_more_blocks()
    {
        using var spool = Open(maxBytes: 64 << 10);
        var position = spool.Rewind();
        var taken = 0;
        while (taken < 1_000 && spool.TryAppend(Block(taken * 10L)))
        {
            taken++;
            while (spool.Read(position) is { } read)
            {
                position = read.Next;
            }
        }

        Assert.InRange(taken, 50, 64);
        Assert.True(spool.TryAppend(SpoolRecord.OfGap(0, taken * 10, (taken * 10) + 10, SegmentThinner.OverflowGap)));
    }

    [Fact]
    public void A_segment_whose_header_is_damaged_is_set_aside_and_not_deleted()
    {
        using (var spool = Open(maxBytes: 160 << 10))
        {
            Fill(spool, 0, 100);
        }

        var segment = directory.Files("*.spool")[2];
        var bytes = File.ReadAllBytes(segment);
        bytes[20] ^= 1;
        File.WriteAllBytes(segment, bytes);
        File.WriteAllBytes(SpoolSegment.PathOf(directory.Path, 900), bytes[..20]);
        for (var i = 0; i < 2; i++)
        {
            using var again = Open(maxBytes: 160 << 10);
            Assert.Equal([1_000L], again.GroupEnds);
            Assert.Equal(bytes, File.ReadAllBytes(Assert.Single(directory.Files("*.damaged"))));
            // Shorter than a header, it never held anything.
            Assert.False(File.Exists(SpoolSegment.PathOf(directory.Path, 900)));
        }
    }

    [Theory]
    [InlineData(64, 3, "64 channels (4: C4 Int16 g0), not of 3 channels (4: none)")]
    [InlineData(3, 64, "3 channels (4: none), not of 64 channels (4: C4 Int16 g0)")]
    public void A_directory_of_other_channels_is_refused_with_the_first_that_differs(int was, int now, string said)
    {
        const string Stream = "projects/lab/branches/b/streams/s";
        SpoolStateFile.Open(directory.Path, Stream, Layout(was));

        var refused = Assert.Throws<DendriteException>(() => SpoolStateFile.Open(directory.Path, Stream, Layout(now)));

        Assert.Equal(ErrorReason.StreamLayoutMismatch, refused.Reason);
        Assert.Contains($"is that of {said}: give", refused.Message, StringComparison.Ordinal);

        static string Layout(int channels) =>
            $"250/1 Hz: {string.Join(", ", Enumerable.Range(1, channels).Select(i => $"C{i} Int16 g0"))}";
    }

    [Theory]
    [InlineData(8, 2)]
    [InlineData(12, 3)]
    public void Segments_that_another_program_or_layout_wrote_are_refused_and_left_alone(int at, byte value)
    {
        using (var spool = Open(groups: 2))
        {
            Fill(spool, 0, 10);
        }

        var segment = directory.Files("*.spool")[^1];
        var bytes = File.ReadAllBytes(segment);
        if (at == 8)
        {
            bytes[at] = value;
            File.WriteAllBytes(segment, bytes);
        }

        var refused = Assert.Throws<DendriteException>(() => Open(groups: at == 8 ? 2 : value));
        Assert.Equal(ErrorReason.StreamLayoutMismatch, refused.Reason);
        Assert.Equal(bytes, File.ReadAllBytes(segment));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_disk_on_which_no_room_can_be_made_costs_the_newest_block_and_not_the_spool(bool isFull)
    {
        using var spool = Open(maxBytes: 64 << 10);
        List<long> dropped = [];
        spool.Dropped = (_, first, _) => dropped.Add(first);
        for (var number = 1; number < 100; number++)
        {
            var path = SpoolSegment.PathOf(directory.Path, number) + SegmentThinner.NewExtension;
            _ = isFull ? File.CreateSymbolicLink(path, "/dev/full") : Directory.CreateDirectory(path);
        }

        var taken = 0;
        while (taken < 1_000 && spool.TryAppend(Block(taken * 10L)))
        {
            taken++;
        }

        Assert.InRange(taken, 50, 64);
        Assert.Empty(dropped);
        foreach (var blocked in new DirectoryInfo(directory.Path).GetFileSystemInfos("*" + SegmentThinner.NewExtension))
        {
            blocked.Delete();
        }

        Assert.True(spool.TryAppend(Block(taken * 10L)));
        Assert.NotEmpty(dropped);
    }

    [Fact]
    public void What_is_durable_is_deleted_by_the_segment()
    {
        using var spool = Open(maxBytes: 160 << 10);
        Fill(spool, 0, 100);
        var position = spool.Rewind();
        while (spool.Read(position) is { } read)
        {
            position = read.Next;
            spool.Trim(position);
        }

        Assert.Single(directory.Files("*.spool"));
        Assert.Equal(0, spool.BytesFrom(position));
        Assert.Equal([1_000L], spool.GroupEnds);
    }

    [Fact]
    public void Two_gateways_cannot_have_one_directory()
    {
        using var spool = Open();
        var refused = Assert.Throws<DendriteException>(() => Open());
        Assert.Equal(ErrorReason.WriterActive, refused.Reason);
        Assert.Contains(directory.Path, refused.Message);
    }

    [Fact]
    public void Groups_that_a_crash_left_uneven_are_made_even_by_a_declared_gap()
    {
        using (var spool = Open(groups: 2))
        {
            Assert.True(spool.TryAppend(Block(0)));
        }

        using var again = Open(groups: 2);
        Assert.Equal([10L, 10L], again.GroupEnds);
        var gap = Assert.Single(ReadAll(again), read => read.Record.Kind == SpoolKind.Gap).Record;
        Assert.Equal((1, 0L, 10L), (gap.Group, gap.First, gap.End));
    }

    private Spool Open(long maxBytes = 1 << 20, int groups = 1)
    {
        var held = SpoolLock.Take(directory.Path);
        try
        {
            return Spool.Open(new(directory.Path, maxBytes, groups), held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static void Fill(Spool spool, long first, int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            Assert.True(spool.TryAppend(Block(first + (i * SamplesPerBlock))));
        }
    }

    private static SpoolRecord Block(long first) => new(SpoolKind.Block, 0, first, SamplesPerBlock, Payload(first));

    private static byte[] Payload(long first)
    {
        var payload = new byte[PayloadBytes];
        new Random((int)first).NextBytes(payload);
        return payload;
    }

    private static byte[] Bytes(V1.Gap gap) => Google.Protobuf.MessageExtensions.ToByteArray(gap);

    private static void AssertContinuous(IEnumerable<SpoolRecord> records)
    {
        var next = 0L;
        foreach (var record in records)
        {
            Assert.Equal(next, record.First);
            next = record.End;
        }
    }

    private static IEnumerable<SpoolRecord> ReadBlocks(Spool spool) =>
        ReadAll(spool).Select(read => read.Record).Where(record => record.Kind == SpoolKind.Block);

    private static List<SpoolRead> ReadAll(Spool spool)
    {
        List<SpoolRead> reads = [];
        var position = spool.Rewind();
        while (spool.Read(position) is { } read)
        {
            reads.Add(read);
            position = read.Next;
        }

        spool.Release();
        return reads;
    }
}

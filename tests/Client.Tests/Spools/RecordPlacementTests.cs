using System.Buffers;
using Dendrite.Client.Spools;
using Dendrite.Signals.Blocks;
using Google.Protobuf;

namespace Dendrite.Client.Tests.Spools;

public sealed class RecordPlacementTests
{
    [Fact]
    public void A_record_goes_to_where_the_stream_stood_when_its_session_was_placed()
    {
        var placement = new RecordPlacement([1_000]) { Origin = 1_000 };
        var block = Assert.Single(placement.Place(Block(0, 20))).Request.Block;
        Assert.Equal((1_000L, 20), (block.FirstSample, block.SampleCount));
        Assert.Equal(Crc32C.Compute(block.Payload.Span), block.Crc32C);
        Assert.Equal(1_020, placement.End);
    }

    [Fact]
    public void What_the_stream_holds_is_left_out()
    {
        var placement = new RecordPlacement([40]);
        Assert.Empty(placement.Place(Block(0, 20)));
        Assert.Empty(placement.Place(Gap(20, 40)));
        Assert.Equal(40, Assert.Single(placement.Place(Block(40, 20))).Request.Block.FirstSample);
    }

    [Fact]
    public void A_block_of_which_the_stream_holds_the_beginning_is_cut()
    {
        var placement = new RecordPlacement([15]);
        var block = Assert.Single(placement.Place(Block(0, 20))).Request.Block;
        Assert.Equal((15L, 5), (block.FirstSample, block.SampleCount));
        var samples = new short[10];
        SampleBlock.Open(block.Payload.Span).Decode(samples);
        Assert.Equal([15, 16, 17, 18, 19, 1_015, 1_016, 1_017, 1_018, 1_019], samples);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void A_block_that_is_larger_than_the_platform_takes_is_cut_until_it_fits(int held)
    {
        var whole = Block(0, 200, Noise);
        var limit = whole.Payload.Length / 3;
        var messages = new RecordPlacement([held], limit).Place(whole);
        Assert.True(messages.Count > 2);
        var next = (long)held;
        foreach (var (request, through) in messages)
        {
            var block = request.Block;
            Assert.Equal(next, block.FirstSample);
            Assert.InRange(block.Payload.Length, 1, limit);
            Assert.Equal(Crc32C.Compute(block.Payload.Span), block.Crc32C);
            Assert.Equal(Block(next, block.SampleCount, Noise).Payload.ToArray(), block.Payload.ToByteArray());
            Assert.Equal(next += block.SampleCount, through);
        }

        Assert.Equal(200, next);
    }

    [Fact]
    public void Samples_of_which_not_one_fits_are_declared_as_one_gap()
    {
        var gap = Assert.Single(new RecordPlacement([5], 20).Place(Block(0, 200))).Request.Gap;
        Assert.Equal((5L, 200L), (gap.Range.StartSample, gap.Range.EndSample));
        Assert.Contains("larger", gap.Note);
    }

    [Fact]
    public void A_gap_of_which_the_stream_holds_the_beginning_is_cut()
    {
        var placement = new RecordPlacement([15]);
        var gap = Assert.Single(placement.Place(Gap(10, 30))).Request.Gap;
        Assert.Equal((15L, 30L), (gap.Range.StartSample, gap.Range.EndSample));
    }

    [Theory]
    [InlineData(false, "ended")]
    [InlineData(true, "damaged")]
    public void A_hole_is_never_sent_in_silence(bool damaged, string note)
    {
        var placement = new RecordPlacement([0]);
        var messages = placement.Place(Block(50, 20), damaged);
        Assert.Equal(2, messages.Count);
        Assert.Equal((0L, 50L), (messages[0].Request.Gap.Range.StartSample, messages[0].Request.Gap.Range.EndSample));
        Assert.Contains(note, messages[0].Request.Gap.Note);
        Assert.Equal([50L, 70L], messages.Select(message => message.Through));
    }

    [Fact]
    public void Groups_that_stand_apart_get_gaps_of_their_own()
    {
        var placement = new RecordPlacement([10, 30]);
        var gaps = placement.Place(Gap(30, 50)).Select(message => message.Request.Gap).ToArray();
        Assert.Equal(
            [(0, 10L, 30L), (0, 30L, 50L), (1, 30L, 50L)],
            gaps.Select(gap => (gap.ChannelGroup, gap.Range.StartSample, gap.Range.EndSample))
        );
    }

    [Fact]
    public void Annotations_and_anchors_move_with_the_samples()
    {
        var placement = new RecordPlacement([100]) { Origin = 100 };
        var annotations = new V1.AppendAnnotations();
        annotations.Annotations.Add(new V1.Annotation { StartSample = 5, Text = "blink" });
        annotations.Annotations.Add(
            new V1.Annotation
            {
                Onset = new() { Seconds = 1 },
                Text = "by time",
            }
        );
        annotations.Annotations.Add(
            new V1.Annotation
            {
                StartSample = 6,
                Onset = new() { Seconds = 1 },
                Text = "by both",
            }
        );
        var anchors = new V1.AppendTimeAnchors();
        anchors.Anchors.Add(new V1.TimeAnchor { Sample = 7 });
        var placed = placement.Place(Record(SpoolKind.Annotations, annotations))[0].Request.Annotations.Annotations;
        Assert.Equal([105L, 0L, 106L], placed.Select(annotation => annotation.StartSample));
        Assert.Equal(
            107,
            placement.Place(Record(SpoolKind.TimeAnchors, anchors))[0].Request.TimeAnchors.Anchors[0].Sample
        );
    }

    [Fact]
    public void A_gap_that_no_stream_takes_is_declared_all_the_same()
    {
        var gap = new V1.Gap { Cause = V1.GapCause.Masked, Note = "\u0007" + new string('x', 2_000) };
        var record = SpoolRecord.OfGap(SpoolRecord.AllGroups, 0, 50, gap.ToByteArray());
        var sent = Assert.Single(new RecordPlacement([0]).Place(record)).Request.Gap;
        Assert.Equal((50L, V1.GapCause.Declared), (sent.Range.EndSample, sent.Cause));
        Assert.Equal(new string('x', 999), sent.Note);
    }

    [Fact]
    public void Annotations_of_a_record_that_is_larger_than_a_message_are_sent_as_several()
    {
        var annotations = new V1.AppendAnnotations();
        var text = new string('x', 4_000);
        annotations.Annotations.Add(Enumerable.Range(0, 900).Select(_ => new V1.Annotation { Text = text }));
        var sent = new RecordPlacement([0]).Place(Record(SpoolKind.Annotations, annotations));
        Assert.Equal(900, sent.Sum(message => message.Request.Annotations.Annotations.Count));
        Assert.All(sent, message => Assert.InRange(message.Request.CalculateSize(), 1, 1 << 20));
    }

    private static SpoolRecord Record(SpoolKind kind, IMessage message) =>
        new(kind, SpoolRecord.AllGroups, 0, 0, message.ToByteArray());

    private static SpoolRecord Gap(long first, long end) =>
        SpoolRecord.OfGap(SpoolRecord.AllGroups, first, end, SegmentThinner.OverflowGap);

    private static int Noise(int sample) => new Random(sample).Next();

    private static SpoolRecord Block(long first, int count, Func<int, int>? valueAt = null)
    {
        var values = Enumerable.Range((int)first, count).Select(valueAt ?? (sample => sample)).ToArray();
        short[] planar = [.. values.Select(value => (short)value), .. values.Select(value => (short)(value + 1_000))];
        var output = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(planar, 2, output);
        return new(SpoolKind.Block, 0, first, count, output.WrittenMemory);
    }
}

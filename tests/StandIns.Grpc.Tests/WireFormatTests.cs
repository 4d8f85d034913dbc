using System.Buffers;
using System.Text;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class WireFormatTests
{
    [Theory]
    [InlineData(1, "1u")]
    [InlineData(10_000_000, "1000000u")]
    [InlineData(999_999_990_000, "99999999m")]
    [InlineData(999_999_990_001, "100000S")]
    [InlineData(15, "2u")]
    [InlineData(999_999_990_000_000, "99999999S")]
    public void A_timeout_is_written_in_the_finest_unit_that_holds_it(long ticks, string expected)
    {
        var text = WireTimeout.Format(TimeSpan.FromTicks(ticks));
        Assert.Equal(expected, text);
        Assert.True(WireTimeout.TryParse(text, out var parsed));
        Assert.True(parsed.Ticks >= ticks);
    }

    [Fact]
    public void A_timeout_too_long_to_write_becomes_the_longest()
    {
        Assert.Equal("99999999S", WireTimeout.Format(TimeSpan.MaxValue));
        Assert.Equal("1u", WireTimeout.Format(TimeSpan.Zero));
    }

    [Theory]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("2M", 1_200_000_000)]
    [InlineData("3S", 30_000_000)]
    [InlineData("4m", 40_000)]
    [InlineData("5u", 50)]
    [InlineData("100n", 1)]
    [InlineData("1n", 1)]
    [InlineData("99999999H", 3_599_999_964_000_000_000)]
    public void Every_unit_of_a_timeout_is_read(string text, long ticks)
    {
        Assert.True(WireTimeout.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1x")]
    [InlineData("+1S")]
    [InlineData("1 S")]
    [InlineData("100000000S")]
    public void A_malformed_timeout_is_not_read(string text) => Assert.False(WireTimeout.TryParse(text, out _));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("100 %", "100 %25")]
    [InlineData("\u263a", "%E2%98%BA")]
    [InlineData("\uD83D\uDE08\n", "%F0%9F%98%88%0A")]
    public void A_message_is_percent_encoded_and_back(string text, string encoded)
    {
        Assert.Equal(encoded, PercentEncoding.Encode(text));
        Assert.Equal(text, PercentEncoding.Decode(encoded));
    }

    [Theory]
    [InlineData("50%", "50%")]
    [InlineData("%zz%41", "%zzA")]
    [InlineData("%4", "%4")]
    [InlineData("%", "%")]
    [InlineData("\u00e9%C3%A9", "\u00e9\u00e9")]
    public void A_malformed_escape_is_shown_as_it_came(string encoded, string text) =>
        Assert.Equal(text, PercentEncoding.Decode(encoded));

    [Fact]
    public void Bytes_of_every_length_survive_base64()
    {
        for (var length = 0; length < 600; length++)
        {
            var bytes = Encoding.ASCII.GetBytes(new string('x', length));
            var text = BinaryHeader.Encode(bytes);
            Assert.DoesNotContain('=', text);
            var metadata = new Metadata();
            BinaryHeader.AddTo(metadata, "key-bin", text);
            Assert.Equal(bytes, metadata.GetValueBytes("key-bin"));
        }
    }

    [Fact]
    public void A_prefix_is_a_flag_and_a_big_endian_length()
    {
        var bytes = new byte[MessagePrefix.Size];
        new MessagePrefix(Compressed: true, 0x01020304).Write(bytes);
        Assert.Equal([1, 1, 2, 3, 4], bytes);
        Assert.Equal(new MessagePrefix(true, 0x01020304), MessagePrefix.Read(bytes));
        var first = new Segment(bytes.AsMemory(0, 2));
        var last = first.Append(bytes.AsMemory(2));
        var split = new ReadOnlySequence<byte>(first, 0, last, 3);
        Assert.Equal(new MessagePrefix(true, 0x01020304), MessagePrefix.Read(split));
    }

    [Fact]
    public void A_buffer_grows_keeps_what_is_written_and_can_be_used_again()
    {
        var buffer = new PooledBufferWriter();
        for (var round = 0; round < 3; round++)
        {
            for (var value = 0; value < 10_000; value++)
            {
                buffer.GetSpan(1)[0] = (byte)value;
                buffer.Advance(1);
            }

            Assert.Equal(10_000, buffer.Length);
            Assert.Equal((byte)(9_999 & 0xff), buffer.Written.Span[^1]);
            buffer.Dispose();
            Assert.Equal(0, buffer.Length);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(1));
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}

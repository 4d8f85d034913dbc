using System.Buffers;
using System.Text;
using StackExchange.Redis;
using StackExchange.Redis.Protocol;

namespace Dendrite.StandIns.Redis.Tests.Protocol;

public sealed class RespReaderTests
{
    // A simple string, an error, numbers, strings (empty, absent, with line ends inside), arrays (empty, absent,
    // nested).
    private const string EveryKind =
        "+OK\r\n-ERR no\r\n:0\r\n:-9223372036854775808\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n*0\r\n*-1\r\n"
        + "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n*1\r\n+deep\r\n$-1\r\n:7\r\n";

    private static readonly string[] EveryKindRead =
    [
        "+OK",
        "-ERR no",
        ":0",
        ":-9223372036854775808",
        "$a\r\nbc",
        "$",
        "nothing",
        "[]",
        "nothing",
        "[:1 [$x [+deep]] nothing]",
        ":7",
    ];

    [Fact]
    public void Every_kind_of_reply_is_read() => Assert.Equal(EveryKindRead, ReadInPieces(EveryKind, EveryKind.Length));

    [Fact]
    public void A_reply_may_be_split_at_every_byte()
    {
        for (var pieceLength = 1; pieceLength < EveryKind.Length; pieceLength++)
            Assert.Equal(EveryKindRead, ReadInPieces(EveryKind, pieceLength));
    }

    [Fact]
    public void A_buffer_of_one_byte_segments_reads_like_any_other()
    {
        var reader = new RespReader();
        var buffer = Segmented(Encoding.ASCII.GetBytes(EveryKind));
        var read = new List<string>();
        while (reader.TryRead(ref buffer, out var reply))
            read.Add(Show(reply));
        Assert.Equal(EveryKindRead, read);
        Assert.True(buffer.IsEmpty);
    }

    [Theory]
    [InlineData("!what\r\n")]
    [InlineData("\r\n")]
    [InlineData(":12a\r\n")]
    [InlineData(":\r\n")]
    [InlineData(":99999999999999999999999\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$536870913\r\n")]
    [InlineData("*16777217\r\n")]
    [InlineData("$3\r\nabcd\r\n")]
    public void What_is_not_the_protocol_is_refused(string damaged)
    {
        var error = Assert.Throws<InvalidDataException>(() => ReadInPieces(damaged, damaged.Length));
        Assert.NotEmpty(error.Message);
    }

    [Fact]
    public void A_line_without_an_end_and_arrays_without_a_floor_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => ReadInPieces("+" + new string('x', 70_000), 80_000));
        Assert.Throws<InvalidDataException>(() => ReadInPieces(string.Concat(Enumerable.Repeat("*1\r\n", 100)), 1_000));
    }

    private static List<string> ReadInPieces(string text, int pieceLength)
    {
        var reader = new RespReader();
        var read = new List<string>();
        var waiting = Array.Empty<byte>();
        foreach (var piece in Encoding.ASCII.GetBytes(text).Chunk(pieceLength))
        {
            var buffer = new ReadOnlySequence<byte>([.. waiting, .. piece]);
            while (reader.TryRead(ref buffer, out var reply))
                read.Add(Show(reply));
            waiting = buffer.ToArray();
        }

        return read;
    }

    private static string Show(Reply reply) =>
        reply.Type switch
        {
            ResultType.SimpleString => "+" + reply.Text,
            ResultType.Error => "-" + reply.Text,
            ResultType.Integer => $":{reply.Number}",
            ResultType.BulkString => "$" + reply.Text,
            ResultType.Array => $"[{string.Join(' ', reply.Items!.Select(Show))}]",
            _ => "nothing",
        };

    private static ReadOnlySequence<byte> Segmented(byte[] bytes)
    {
        var first = new Segment(bytes.AsMemory(0, 1), previous: null);
        var last = first;
        for (var i = 1; i < bytes.Length; i++)
            last = new Segment(bytes.AsMemory(i, 1), last);
        return new ReadOnlySequence<byte>(first, 0, last, 1);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is null)
                return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}

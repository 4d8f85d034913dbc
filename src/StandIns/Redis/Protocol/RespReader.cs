using System.Buffers;
using System.Buffers.Text;

namespace StackExchange.Redis.Protocol;

/// <summary>
/// Reads replies (RESP 2) from bytes that arrive in pieces of any size. What was complete is consumed at once and
/// half-read arrays are kept open, so a reply of a million items costs one pass however it was cut up:
/// <code>
/// *2\r\n  $3\r\nabc\r\n  :7\r\n      an array of a bulk string and an integer
/// +OK\r\n  -ERR text\r\n  $-1\r\n    a simple string, an error, nothing
/// </code>
/// Not safe for concurrent use.
/// </summary>
internal sealed class RespReader
{
    // What a Redis server itself accepts (proto-max-bulk-len).
    public const int MaxBulkBytes = 512 * 1024 * 1024;

    // Far above any reply in use; it keeps a damaged length from reserving the memory of the machine.
    private const int MaxArrayItems = 16 * 1024 * 1024;
    private const int MaxLineBytes = 64 * 1024;
    private const int MaxDepth = 32;
    private const int MaxReservedItems = 1024;

    private readonly Stack<OpenArray> openArrays = new();

    /// <summary>Takes one whole reply off the front of the buffer, or as much of it as there is.</summary>
    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="InvalidDataException">The bytes are not RESP 2.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> buffer, out Reply reply)
    {
        while (TryReadItem(ref buffer, out reply))
        {
            // An array with items to come was opened; its first item is next.
            if (reply.Type is ResultType.None)
                continue;
            if (TryClose(ref reply))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Puts a whole item where it belongs. True when it, or the arrays it completed, is a reply by itself.
    /// </summary>
    private bool TryClose(ref Reply reply)
    {
        while (openArrays.TryPeek(out var array))
        {
            array.Items.Add(reply);
            if (array.Items.Count < array.Count)
                return false;
            openArrays.Pop();
            reply = Reply.Array([.. array.Items]);
        }

        return true;
    }

    private bool TryReadItem(ref ReadOnlySequence<byte> buffer, out Reply item)
    {
        item = default;
        var reader = new SequenceReader<byte>(buffer);
        if (!TryReadLine(ref reader, out var kind, out var line))
            return false;

        switch (kind)
        {
            case (byte)'+':
                item = Reply.Simple(line.ToArray());
                break;
            case (byte)'-':
                item = Reply.Error(line.ToArray());
                break;
            case (byte)':':
                item = Reply.Integer(ParseNumber(line));
                break;
            case (byte)'*':
                item = OpenArrayOf(ParseLength(line, MaxArrayItems));
                break;
            case (byte)'$':
                if (!TryReadBulk(ref reader, ParseLength(line, MaxBulkBytes), out item))
                    return false;
                break;
            default:
                throw new InvalidDataException($"A reply cannot begin with the byte 0x{kind:X2}.");
        }

        buffer = buffer.Slice(reader.Position);
        return true;
    }

    private Reply OpenArrayOf(int count)
    {
        if (count < 0)
            return Reply.Null;
        if (count == 0)
            return Reply.Array([]);
        if (openArrays.Count == MaxDepth)
            throw new InvalidDataException($"Arrays are nested more than {MaxDepth} deep.");
        openArrays.Push(new OpenArray(count, new List<Reply>(Math.Min(count, MaxReservedItems))));
        return default;
    }

    private static bool TryReadBulk(ref SequenceReader<byte> reader, int length, out Reply item)
    {
        item = Reply.Null;
        if (length < 0)
            return true;
        if (reader.Remaining < length + 2)
            return false;

        var content = new byte[length];
        reader.TryCopyTo(content);
        reader.Advance(length);
        if (!reader.IsNext("\r\n"u8, advancePast: true))
            throw new InvalidDataException($"A string of {length} bytes does not end where it should.");
        item = Reply.Bulk(content);
        return true;
    }

    private static bool TryReadLine(ref SequenceReader<byte> reader, out byte kind, out ReadOnlySequence<byte> line)
    {
        if (!reader.TryReadTo(out line, "\r\n"u8))
        {
            kind = 0;
            return reader.Remaining <= MaxLineBytes
                ? false
                : throw new InvalidDataException($"A line is longer than {MaxLineBytes} bytes.");
        }

        if (line.IsEmpty)
            throw new InvalidDataException("A reply cannot be an empty line.");
        kind = line.FirstSpan[0];
        line = line.Slice(1);
        return true;
    }

    private static int ParseLength(ReadOnlySequence<byte> line, int max) =>
        ParseNumber(line) is >= -1 and var length && length <= max
            ? (int)length
            : throw new InvalidDataException($"A length is not between -1 and {max}.");

    private static long ParseNumber(ReadOnlySequence<byte> line)
    {
        Span<byte> digits = stackalloc byte[20];
        if (line.Length <= digits.Length)
        {
            line.CopyTo(digits);
            digits = digits[..(int)line.Length];
            if (Utf8Parser.TryParse(digits, out long number, out var used) && used == digits.Length)
                return number;
        }

        throw new InvalidDataException("A number of the protocol does not parse.");
    }

    private readonly record struct OpenArray(int Count, List<Reply> Items);
}

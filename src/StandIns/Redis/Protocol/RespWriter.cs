using System.Buffers;
using System.Buffers.Text;

namespace StackExchange.Redis.Protocol;

/// <summary>Writes commands (RESP 2): an array of bulk strings, the first of them the command's name.</summary>
internal static class RespWriter
{
    // A marker, ten digits, and the end of the line.
    private const int MaxHeaderBytes = 13;

    /// <summary>Returns the number of bytes written.</summary>
    public static long Write(IBufferWriter<byte> output, Command command)
    {
        long written = WriteHeader(output, (byte)'*', command.Arguments.Count + 1);
        written += WriteBulk(output, command.Name);
        foreach (var argument in command.Arguments)
            written += WriteBulk(output, argument);
        return written;
    }

    private static int WriteBulk(IBufferWriter<byte> output, RedisValue value)
    {
        var length = value.GetByteCount();
        var header = WriteHeader(output, (byte)'$', length);
        var span = output.GetSpan(length + 2);
        value.CopyTo(span);
        "\r\n"u8.CopyTo(span[length..]);
        output.Advance(length + 2);
        return header + length + 2;
    }

    private static int WriteHeader(IBufferWriter<byte> output, byte kind, int number)
    {
        var span = output.GetSpan(MaxHeaderBytes);
        span[0] = kind;
        Utf8Formatter.TryFormat(number, span[1..], out var digits);
        "\r\n"u8.CopyTo(span[(1 + digits)..]);
        output.Advance(digits + 3);
        return digits + 3;
    }
}

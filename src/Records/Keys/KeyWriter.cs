using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Keys;

/// <summary>Writes values in the layout that <see cref="RecordKey"/> describes.</summary>
internal sealed class KeyWriter
{
    internal const ulong SignBit = 1UL << 63;
    internal const byte Zero = 0x80;
    internal const byte Positive = 0xc0;
    internal const int ExponentBias = 0x8000;

    /// <summary>Bytes of a thread's buffer; what a larger value made of it is not kept.</summary>
    private const int MostKept = 64 << 10;

    [ThreadStatic]
    private static KeyWriter? writer;

    private readonly ArrayBufferWriter<byte> output = new(64);

    /// <summary>The thread's own, empty: keys come by the million.</summary>
    public static KeyWriter Begin()
    {
        writer = writer is { output.Capacity: <= MostKept } ? writer : new();
        writer.output.ResetWrittenCount();
        return writer;
    }

    public byte[] ToArray() => output.WrittenSpan.ToArray();

    public void Write(CellValue value)
    {
        switch (value.Type)
        {
            case CellType.Text or CellType.Enum:
                Encoding.UTF8.GetBytes(value.AsText(), output);
                WriteByte(0);
                break;
            case CellType.Integer:
                WriteUInt64((ulong)value.AsInteger() ^ SignBit);
                break;
            case CellType.Timestamp:
                WriteUInt64((ulong)value.AsTimestamp() ^ SignBit);
                break;
            case CellType.Double:
                WriteUInt64(Ordered(value.AsDouble()));
                break;
            case CellType.Boolean:
                WriteByte(value.AsBoolean() ? (byte)1 : (byte)0);
                break;
            case CellType.Date:
                BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(sizeof(int)), value.AsDate().DayNumber);
                output.Advance(sizeof(int));
                break;
            case CellType.Uuid:
                value.AsUuid().TryWriteBytes(output.GetSpan(16), bigEndian: true, out var written);
                output.Advance(written);
                break;
            case CellType.Decimal:
                WriteDecimal(value.AsDecimal());
                break;
            default:
                throw new ArgumentException(
                    $"A value of type {value.Type.Name()} cannot be part of a key.",
                    nameof(value)
                );
        }
    }

    private static ulong Ordered(double value)
    {
        if (double.IsNaN(value))
        {
            return ulong.MaxValue;
        }

        var bits = BitConverter.DoubleToUInt64Bits(value);
        return (bits & SignBit) == 0 ? bits | SignBit : ~bits;
    }

    private void WriteDecimal(ExactDecimal value)
    {
        var (digits, exponent) = value.Significand();
        if (digits.Length == 0)
        {
            WriteByte(Zero);
            return;
        }

        var mask = value.Sign < 0 ? (byte)0xff : (byte)0;
        var biased = exponent + ExponentBias;
        WriteByte((byte)(Positive ^ mask));
        WriteByte((byte)((biased >> 8) ^ mask));
        WriteByte((byte)((biased & 0xff) ^ mask));
        for (var i = 0; i < digits.Length; i += 2)
        {
            var pair = (10 * (digits[i] - '0')) + (i + 1 < digits.Length ? digits[i + 1] - '0' : 0);
            WriteByte((byte)((pair + 1) ^ mask));
        }

        WriteByte(mask);
    }

    private void WriteUInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(output.GetSpan(sizeof(ulong)), value);
        output.Advance(sizeof(ulong));
    }

    private void WriteByte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }
}

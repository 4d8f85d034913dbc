using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>
/// How a signal file packs its samples (WFDB's <c>signal(5)</c> describes each number). The samples of all signals of a
/// file follow each other, and are packed by units of one or several without regard to frames.
/// </summary>
/// <param name="Format">The format's number.</param>
/// <param name="UnitBytes">Bytes of a unit.</param>
/// <param name="UnitSamples">Samples in it.</param>
/// <param name="Type">In which a sample is stored.</param>
/// <param name="Invalid">The value that means no sample was taken.</param>
internal sealed record WfdbPacking(int Format, int UnitBytes, int UnitSamples, SampleType Type, int Invalid)
{
    /// <summary>Each sample is the difference from the one before of its signal.</summary>
    public bool IsDifferences => Format == 8;

    /// <summary>Null for a number that is not read.</summary>
    public static WfdbPacking? Find(int format) =>
        format switch
        {
            8 => new(8, 1, 1, SampleType.Int32, int.MinValue),
            16 or 61 or 160 => new(format, 2, 1, SampleType.Int16, short.MinValue),
            24 => new(24, 3, 1, SampleType.Int24, -(1 << 23)),
            32 => new(32, 4, 1, SampleType.Int32, int.MinValue),
            80 => new(80, 1, 1, SampleType.Int16, -128),
            212 => new(212, 3, 2, SampleType.Int16, -2048),
            310 or 311 => new(format, 4, 3, SampleType.Int16, -512),
            _ => null,
        };

    /// <summary>Whole samples in so many bytes; of a unit that is cut short, those whose bits are there.</summary>
    public long SamplesIn(long bytes)
    {
        var (units, rest) = Math.DivRem(bytes, UnitBytes);
        long partial = (Format, rest) switch
        {
            (212, 2) => 1,
            (311, 3) => 2,
            (310 or 311, 2 or 3) => 1,
            _ => 0,
        };
        return (units * UnitSamples) + partial;
    }

    /// <summary>Unpacks whole units.</summary>
    /// <param name="bytes">A whole number of units.</param>
    /// <param name="samples">Room for all samples in them.</param>
    public void Unpack(ReadOnlySpan<byte> bytes, Span<int> samples)
    {
        for (int unit = 0; unit * UnitBytes < bytes.Length; unit++)
        {
            UnpackUnit(bytes.Slice(unit * UnitBytes, UnitBytes), samples.Slice(unit * UnitSamples, UnitSamples));
        }
    }

    private void UnpackUnit(ReadOnlySpan<byte> unit, Span<int> samples)
    {
        switch (Format)
        {
            case 8:
                samples[0] = (sbyte)unit[0];
                break;
            case 16:
                samples[0] = BinaryPrimitives.ReadInt16LittleEndian(unit);
                break;
            case 61:
                samples[0] = BinaryPrimitives.ReadInt16BigEndian(unit);
                break;
            case 160:
                samples[0] = BinaryPrimitives.ReadUInt16LittleEndian(unit) - 32768;
                break;
            case 24:
                samples[0] = unit[0] | (unit[1] << 8) | ((sbyte)unit[2] << 16);
                break;
            case 32:
                samples[0] = BinaryPrimitives.ReadInt32LittleEndian(unit);
                break;
            case 80:
                samples[0] = unit[0] - 128;
                break;
            case 212:
                samples[0] = Signed(unit[0] | ((unit[1] & 0x0F) << 8), 12);
                samples[1] = Signed(unit[2] | ((unit[1] & 0xF0) << 4), 12);
                break;
            case 310:
                Unpack310(unit, samples);
                break;
            default:
                uint word = BinaryPrimitives.ReadUInt32LittleEndian(unit);
                samples[0] = Signed((int)(word & 0x3FF), 10);
                samples[1] = Signed((int)((word >> 10) & 0x3FF), 10);
                samples[2] = Signed((int)((word >> 20) & 0x3FF), 10);
                break;
        }
    }

    /// <summary>
    /// Two pairs of bytes: bits 1 to 10 of each are a sample, and the upper five of both together the third.
    /// </summary>
    private static void Unpack310(ReadOnlySpan<byte> unit, Span<int> samples)
    {
        int first = BinaryPrimitives.ReadUInt16LittleEndian(unit);
        int second = BinaryPrimitives.ReadUInt16LittleEndian(unit[2..]);
        samples[0] = Signed((first >> 1) & 0x3FF, 10);
        samples[1] = Signed((second >> 1) & 0x3FF, 10);
        samples[2] = Signed((first >> 11) | ((second >> 11) << 5), 10);
    }

    private static int Signed(int value, int bits) => value << (32 - bits) >> (32 - bits);
}

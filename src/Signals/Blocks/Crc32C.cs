using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks;

/// <summary>
/// CRC-32C (Castagnoli; iSCSI, RFC 3720 appendix B.4), reflected, initial value and final xor all ones.
/// </summary>
/// <remarks>
/// The processor's CRC instruction has a latency of three cycles and a throughput of one, so one chain of them leaves
/// two thirds of it idle. Long inputs are therefore cut into three lanes that run side by side. The lanes are joined by
/// the linearity of the CRC: <c>crc(A B) = shift(crc(A), |B|) xor crc(B)</c>, where shift appends zero bytes; for the
/// one lane length in use that is four table look-ups.
/// </remarks>
public static class Crc32C
{
    private const int LaneBytes = 1024;
    private const int LaneWords = LaneBytes / sizeof(ulong);

    // The reflected Castagnoli polynomial.
    private const uint Polynomial = 0x82F63B78;

    private static readonly uint[] ShiftByLane = BuildShiftTable();

    /// <summary>The checksum of <paramref name="data"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>
    /// The checksum of some bytes whose checksum is <paramref name="crc"/>, followed by <paramref name="data"/>.
    /// </summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        uint state = ~crc;
        while (data.Length >= 3 * LaneBytes)
        {
            state = ThreeLanes(state, MemoryMarshal.Cast<byte, ulong>(data[..(3 * LaneBytes)]));
            data = data[(3 * LaneBytes)..];
        }
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }
        foreach (byte value in data)
        {
            state = BitOperations.Crc32C(state, value);
        }
        return ~state;
    }

    private static uint ThreeLanes(uint state, ReadOnlySpan<ulong> words)
    {
        var first = words[..LaneWords];
        var second = words.Slice(LaneWords, LaneWords);
        var third = words.Slice(2 * LaneWords, LaneWords);
        uint b = 0;
        uint c = 0;
        for (int i = 0; i < LaneWords; i++)
        {
            state = BitOperations.Crc32C(state, first[i]);
            b = BitOperations.Crc32C(b, second[i]);
            c = BitOperations.Crc32C(c, third[i]);
        }
        return ShiftOneLane(ShiftOneLane(state) ^ b) ^ c;
    }

    private static uint ShiftOneLane(uint state) =>
        ShiftByLane[state & 0xFF]
        ^ ShiftByLane[256 + ((state >> 8) & 0xFF)]
        ^ ShiftByLane[512 + ((state >> 16) & 0xFF)]
        ^ ShiftByLane[768 + (state >> 24)];

    /// <summary>For each byte of a state, what it becomes when a lane of zeros is appended.</summary>
    private static uint[] BuildShiftTable()
    {
        Span<uint> shiftedBits = stackalloc uint[32];
        for (int bit = 0; bit < 32; bit++)
        {
            uint state = 1u << bit;
            for (int zeroBits = 0; zeroBits < LaneBytes * 8; zeroBits++)
            {
                state = (state >> 1) ^ ((state & 1) * Polynomial);
            }
            shiftedBits[bit] = state;
        }
        var table = new uint[4 * 256];
        for (int entry = 0; entry < table.Length; entry++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                table[entry] ^= ((entry >> bit) & 1) == 1 ? shiftedBits[(entry / 256 * 8) + bit] : 0;
            }
        }
        return table;
    }
}

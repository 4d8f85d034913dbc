using System.Buffers.Binary;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>Reads and writes the head of a densely encoded channel; see docs/block-format.md.</summary>
internal static class DenseLayout
{
    /// <summary>
    /// A channel refers only to channels of its own group of so many: more need not be decoded for one.
    /// </summary>
    public const int ChannelGroup = 32;

    /// <summary>Scales come in runs of so many, each before the groups they are for.</summary>
    public const int ScaleRun = 512;

    private const int FixedBytes = 10;
    private const int LatticeBytes = 10;
    private const int FortyBits = 5;

    /// <summary>Reads what comes before the coefficients, and checks it.</summary>
    /// <param name="payload">The channel's bytes.</param>
    /// <param name="references">Room for <see cref="DensePlan.MaxReferences"/>.</param>
    /// <param name="taps">Room for <see cref="DensePlan.MaxTaps"/>, and zero.</param>
    /// <param name="bytes">How many of them were read.</param>
    public static DensePlan Read(
        scoped ReadOnlySpan<byte> payload,
        Span<byte> references,
        Span<short> taps,
        out int bytes
    )
    {
        int length = payload.Length;
        Require(length >= FixedBytes, "it ends in its head");
        int referenceCount = payload[2] >> 3;
        var plan = new DensePlan
        {
            Shape = payload[0] & 3,
            GroupLog = (payload[0] >> 2) & 7,
            Order = payload[1],
            Reach = payload[2] & 7,
            Shift = payload[3],
            Before = BinaryPrimitives.ReadInt16LittleEndian(payload[4..]),
            Bias = BinaryPrimitives.ReadInt32LittleEndian(payload[6..]),
        };
        Require(
            plan.GroupLog <= DensePlan.LongestGroupLog
                && plan.Order <= LagFilter.MaxOrder
                && plan.Reach <= ReferenceFilter.MaxReach
                && plan.Shift <= 15
                && referenceCount <= DensePlan.MaxReferences,
            "a number in its head is out of range"
        );
        int kind = payload[0] >> 5;
        payload = payload[FixedBytes..];
        Require(payload.Length >= referenceCount, "it ends in its head");
        payload[..referenceCount].CopyTo(references);
        payload = payload[referenceCount..];
        plan.References = references[..referenceCount];
        plan.Map = ReadMap((SampleMapKind)kind, ref payload);
        plan.Taps = taps[..plan.TapCount];
        bytes = length - payload.Length;
        return plan;
    }

    public static void Write(in DensePlan plan, List<byte> payload)
    {
        payload.Add((byte)(plan.Shape | (plan.GroupLog << 2) | ((int)plan.Map.Kind << 5)));
        payload.Add((byte)plan.Order);
        payload.Add((byte)(plan.Reach | (plan.References.Length << 3)));
        payload.Add((byte)plan.Shift);
        WriteNumber(plan.Before, sizeof(short), payload);
        WriteNumber(plan.Bias, sizeof(int), payload);
        foreach (byte reference in plan.References)
        {
            payload.Add(reference);
        }
        if (plan.Map.Kind == SampleMapKind.Lattice)
        {
            WriteNumber(plan.Map.Step, FortyBits, payload);
            WriteNumber(plan.Map.Offset, FortyBits, payload);
        }
        else if (plan.Map.Kind == SampleMapKind.Wrapped)
        {
            payload.Add((byte)plan.Map.Bits);
        }
    }

    /// <summary>First of the channels of a channel's group.</summary>
    public static int FirstOfGroup(int channel) => channel - (channel % ChannelGroup);

    /// <summary>What running sums begin with: four bytes.</summary>
    public static void WriteFirstSample(int sample, List<byte> payload) => WriteNumber(sample, sizeof(int), payload);

    public static int ReadFirstSample(ref ReadOnlySpan<byte> payload)
    {
        Require(payload.Length >= sizeof(int), "it ends in its head");
        int sample = BinaryPrimitives.ReadInt32LittleEndian(payload);
        payload = payload[sizeof(int)..];
        return sample;
    }

    /// <summary>A count in groups of seven bits, lowest first; the high bit says that more follow.</summary>
    public static void WriteCount(int count, List<byte> payload)
    {
        for (; count >= 0x80; count >>= 7)
        {
            payload.Add((byte)(count | 0x80));
        }
        payload.Add((byte)count);
    }

    /// <summary>Reads a count of things of <paramref name="size"/> bytes that still have to follow.</summary>
    public static int ReadCount(ref ReadOnlySpan<byte> payload, int size)
    {
        long count = 0;
        for (int shift = 0; shift <= 28; shift += 7)
        {
            byte next = ReadByte(ref payload);
            count |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                Require(count <= int.MaxValue && count * size <= payload.Length, "a count goes beyond its end");
                return (int)count;
            }
        }
        throw DenseFault.Malformed("a count has more than five bytes");
    }

    public static Scale ReadScale(ref ReadOnlySpan<byte> payload) => CheckScale(ReadByte(ref payload));

    public static Scale CheckScale(int number)
    {
        Require(number >= 0 && number <= Scale.Held.Number, "a scale is out of range");
        return new(number);
    }

    private static SampleMap ReadMap(SampleMapKind kind, scoped ref ReadOnlySpan<byte> payload)
    {
        switch (kind)
        {
            case SampleMapKind.Same:
                return default;
            case SampleMapKind.Lattice:
                Require(payload.Length >= LatticeBytes, "it ends in its head");
                long step = ReadFortyBits(payload);
                long offset = ReadFortyBits(payload[FortyBits..]) << 24 >> 24;
                payload = payload[LatticeBytes..];
                return new(kind, step, offset);
            case SampleMapKind.Wrapped:
                int bits = ReadByte(ref payload);
                Require(bits is >= 1 and <= 15, "its samples wrap at an impossible number of bits");
                return new(kind, Bits: bits);
            default:
                throw DenseFault.Malformed("its samples are mapped in an unknown way");
        }
    }

    private static long ReadFortyBits(ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadUInt32LittleEndian(payload) | ((long)payload[4] << 32);

    private static byte ReadByte(ref ReadOnlySpan<byte> payload)
    {
        Require(!payload.IsEmpty, "it ends in its head");
        byte first = payload[0];
        payload = payload[1..];
        return first;
    }

    private static void WriteNumber(long number, int bytes, List<byte> payload)
    {
        for (int i = 0; i < bytes; i++)
        {
            payload.Add((byte)(number >> (8 * i)));
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw DenseFault.Malformed(otherwise);
        }
    }
}

using System.Buffers.Binary;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Samples of a float channel that are not what its integers say (NaN, infinities, -0, and what is out of scale), each
/// with its position: 4 bytes, then the sample. Positions ascend.
/// </summary>
internal static class FloatExceptions
{
    public const int PositionBytes = 4;

    /// <summary>Puts the exceptions where they belong.</summary>
    /// <param name="exceptions">Whole entries.</param>
    /// <param name="samples">The channel.</param>
    /// <param name="size">Bytes of a sample.</param>
    /// <exception cref="BlockFormatException">
    /// A position is beyond the channel, or not after the one before.
    /// </exception>
    public static void Put(ReadOnlySpan<byte> exceptions, Span<byte> samples, int size)
    {
        long before = -1;
        for (; !exceptions.IsEmpty; exceptions = exceptions[(PositionBytes + size)..])
        {
            uint position = BinaryPrimitives.ReadUInt32LittleEndian(exceptions);
            if (position <= before || position >= samples.Length / size)
            {
                throw FrameReader.Malformed($"an exception at {position} after {before} of {samples.Length / size}");
            }
            exceptions.Slice(PositionBytes, size).CopyTo(samples[((int)position * size)..]);
            before = position;
        }
    }

    /// <summary>
    /// The number that stands where an exception is: the line through the two before it goes on, which the frames
    /// predict.
    /// </summary>
    public static int StandIn(ReadOnlySpan<int> before)
    {
        long last = before.IsEmpty ? 0 : before[^1];
        long expected = before.Length < 2 ? last : (2 * last) - before[^2];
        return (int)Math.Clamp(expected, -Scale.MaxNumber, Scale.MaxNumber);
    }

    /// <summary>How many bytes so many exceptions take.</summary>
    /// <exception cref="BlockFormatException">More than there are samples.</exception>
    public static int Bytes(int count, int sampleCount, int size)
    {
        if (count < 0 || count > sampleCount)
        {
            throw FrameReader.Malformed($"{(uint)count} exceptions of {sampleCount} samples");
        }
        return count * (PositionBytes + size);
    }
}

/// <summary>Writes <see cref="FloatExceptions"/> until they have taken all the room there is.</summary>
internal ref struct FloatExceptionWriter(Span<byte> room)
{
    private readonly Span<byte> room = room;

    public int Count { get; private set; }

    public int Length { get; private set; }

    /// <summary>Adds a sample; false where there is no room for it.</summary>
    public bool TryAdd(int position, ReadOnlySpan<byte> sample)
    {
        if (Length + FloatExceptions.PositionBytes + sample.Length > room.Length)
        {
            return false;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(room[Length..], (uint)position);
        sample.CopyTo(room[(Length + FloatExceptions.PositionBytes)..]);
        Length += FloatExceptions.PositionBytes + sample.Length;
        Count++;
        return true;
    }
}

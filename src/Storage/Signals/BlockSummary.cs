using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Storage.Signals;

/// <summary>
/// How the channel summaries of a block are laid down beside it: one entry per channel, in order, little-endian.
/// <code>
/// integer samples   min (i32)  max (i32)  sum (i64)  sum of squares (f64)                  24 bytes
/// float samples     count (i32)  min (f64)  max (f64)  sum (f64)  sum of squares (f64)     36 bytes
/// </code>
/// Fixed widths, so that one channel is found by arithmetic, in SQL too. An integer channel counts all of its samples.
/// </summary>
public static class BlockSummary
{
    private const int IntegerEntryBytes = 24;
    private const int FloatEntryBytes = 36;

    public static int EntryBytes(SampleType type) => IsFloat(type) ? FloatEntryBytes : IntegerEntryBytes;

    public static byte[] Write(SampleType type, ReadOnlySpan<ChannelSummary> channels)
    {
        var entryBytes = EntryBytes(type);
        var summary = new byte[channels.Length * entryBytes];
        for (var i = 0; i < channels.Length; i++)
        {
            WriteEntry(summary.AsSpan(i * entryBytes), type, channels[i]);
        }

        return summary;
    }

    /// <param name="summary">As <see cref="Write"/> made it.</param>
    /// <param name="type">The stream's sample type.</param>
    /// <param name="channel">Index of the channel within the block.</param>
    /// <param name="sampleCount">Samples of each channel of the block.</param>
    public static ChannelSummary Read(ReadOnlySpan<byte> summary, SampleType type, int channel, int sampleCount)
    {
        var entry = summary.Slice(channel * EntryBytes(type), EntryBytes(type));
        return IsFloat(type)
            ? new(
                BinaryPrimitives.ReadInt32LittleEndian(entry),
                BinaryPrimitives.ReadDoubleLittleEndian(entry[4..]),
                BinaryPrimitives.ReadDoubleLittleEndian(entry[12..]),
                BinaryPrimitives.ReadDoubleLittleEndian(entry[20..]),
                BinaryPrimitives.ReadDoubleLittleEndian(entry[28..])
            )
            : new(
                sampleCount,
                BinaryPrimitives.ReadInt32LittleEndian(entry),
                BinaryPrimitives.ReadInt32LittleEndian(entry[4..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[8..]),
                BinaryPrimitives.ReadDoubleLittleEndian(entry[16..])
            );
    }

    private static void WriteEntry(Span<byte> entry, SampleType type, in ChannelSummary channel)
    {
        if (IsFloat(type))
        {
            BinaryPrimitives.WriteInt32LittleEndian(entry, (int)channel.Count);
            BinaryPrimitives.WriteDoubleLittleEndian(entry[4..], channel.Min);
            BinaryPrimitives.WriteDoubleLittleEndian(entry[12..], channel.Max);
            BinaryPrimitives.WriteDoubleLittleEndian(entry[20..], channel.Sum);
            BinaryPrimitives.WriteDoubleLittleEndian(entry[28..], channel.SumOfSquares);
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(entry, (int)channel.Min);
        BinaryPrimitives.WriteInt32LittleEndian(entry[4..], (int)channel.Max);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], (long)channel.Sum);
        BinaryPrimitives.WriteDoubleLittleEndian(entry[16..], channel.SumOfSquares);
    }

    private static bool IsFloat(SampleType type) => type is SampleType.Float32 or SampleType.Float64;
}

using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf;

/// <summary>The samples of several records of one rate group, put one channel behind the other.</summary>
internal sealed class GatheredRecords(EdfRateGroup group, int capacity)
{
    private readonly int sampleBytes = (int)group.Signals[0].Width;
    private readonly byte[] planar = new byte[(long)capacity * group.Signals.Count * RecordBytes(group)];
    private byte[] taken = [];
    private long firstRecord;
    private int count;

    public bool IsFull => count == capacity;

    public void Clear() => count = 0;

    public void Add(EdfRecord record)
    {
        if (count == 0)
        {
            firstRecord = record.Index;
        }
        long channelBytes = (long)capacity * RecordBytes(group);
        for (int channel = 0; channel < group.Signals.Count; channel++)
        {
            long at = (channel * channelBytes) + ((long)count * RecordBytes(group));
            record.Bytes(group.Signals[channel]).CopyTo(planar.AsSpan((int)at));
        }
        count++;
    }

    /// <summary>What was gathered, without its first samples.</summary>
    public (long FirstSample, int SampleCount, ReadOnlyMemory<byte> Planar) Take(int skipped)
    {
        int samples = (count * group.SamplesPerRecord) - skipped;
        int length = samples * sampleBytes;
        Array.Resize(ref taken, Math.Max(taken.Length, length * group.Signals.Count));
        for (int channel = 0; channel < group.Signals.Count; channel++)
        {
            int from = (channel * capacity * RecordBytes(group)) + (skipped * sampleBytes);
            planar.AsSpan(from, length).CopyTo(taken.AsSpan(channel * length));
        }
        long first = (firstRecord * group.SamplesPerRecord) + skipped;
        return (first, samples, taken.AsMemory(0, length * group.Signals.Count));
    }

    private static int RecordBytes(EdfRateGroup group) => (int)group.Signals[0].RecordBytes;
}

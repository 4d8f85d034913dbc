using System.Buffers;
using Dendrite.Signals.Blocks;
using Google.Protobuf;

namespace Dendrite.Client.Appending;

/// <summary>Gathers the samples of one channel group into blocks and encodes them. For one caller at a time.</summary>
internal sealed class BlockBuilder
{
    private readonly int group;
    private readonly SampleType type;
    private readonly int channelCount;
    private byte[] gathered;

    /// <summary>Samples of each channel that there is room for; channels stand apart by so many.</summary>
    private int capacity;
    private readonly ArrayBufferWriter<byte> encoded = new();
    private int count;

    /// <param name="group">Number of the group.</param>
    /// <param name="type">Of its samples.</param>
    /// <param name="channelCount">Channels in it.</param>
    /// <param name="samplesPerBlock">Samples of each channel in a full block.</param>
    /// <param name="nextSample">Index of the first sample to come.</param>
    public BlockBuilder(int group, SampleType type, int channelCount, int samplesPerBlock, long nextSample)
    {
        this.group = group;
        this.type = type;
        this.channelCount = channelCount;
        SamplesPerBlock = capacity = samplesPerBlock;
        gathered = NewRoom(samplesPerBlock);
        NextSample = nextSample;
    }

    /// <summary>Samples of each channel in a full block; see <see cref="Resize"/>.</summary>
    public int SamplesPerBlock { get; private set; }

    /// <summary>Samples of each channel that are gathered.</summary>
    public int Count => count;

    /// <summary>Index of the next sample to be given.</summary>
    public long NextSample { get; private set; }

    public int ChannelCount => channelCount;

    public SampleType SampleType => type;

    /// <summary>Takes samples from the front of a planar run until a block is full or none are left.</summary>
    /// <param name="planar">The whole run: all samples of the first channel, then of the second, ...</param>
    /// <param name="from">Samples of it that were taken before; moved on by those taken now.</param>
    /// <returns>A full block, or null.</returns>
    public V1.SampleBlock? Take(ReadOnlySpan<byte> planar, ref int from)
    {
        var size = type.SizeBytes();
        var runSamples = planar.Length / channelCount / size;
        var taken = Math.Clamp(SamplesPerBlock - count, 0, runSamples - from);
        if (taken == SamplesPerBlock && taken == runSamples)
        {
            // A run that is a block needs no gathering.
            from += taken;
            NextSample += taken;
            return Encode(planar, taken);
        }

        for (var channel = 0; channel < channelCount; channel++)
        {
            var source = planar.Slice(((channel * runSamples) + from) * size, taken * size);
            source.CopyTo(gathered.AsSpan(((channel * capacity) + count) * size));
        }

        from += taken;
        count += taken;
        NextSample += taken;
        return count >= SamplesPerBlock ? Flush() : null;
    }

    /// <summary>The block of what was gathered, or null when there is nothing.</summary>
    public V1.SampleBlock? Flush()
    {
        if (count == 0)
        {
            return null;
        }

        var channelBytes = count * type.SizeBytes();
        // A short block's channels stand apart by the length of a full one: close the ranks.
        for (var channel = 1; count < capacity && channel < channelCount; channel++)
        {
            var source = gathered.AsSpan(channel * capacity * type.SizeBytes(), channelBytes);
            source.CopyTo(gathered.AsSpan(channel * channelBytes));
        }

        var block = Encode(gathered.AsSpan(0, channelCount * channelBytes), count);
        count = 0;
        return block;
    }

    /// <summary>Changes the size of blocks from now on; room grows when it is needed, and stays.</summary>
    public void Resize(int samplesPerBlock)
    {
        SamplesPerBlock = samplesPerBlock;
        if (samplesPerBlock <= capacity)
        {
            return;
        }

        var (old, oldCapacity, size) = (gathered, capacity, type.SizeBytes());
        (gathered, capacity) = (NewRoom(samplesPerBlock), samplesPerBlock);
        for (var channel = 0; channel < channelCount; channel++)
        {
            var source = old.AsSpan(channel * oldCapacity * size, count * size);
            source.CopyTo(gathered.AsSpan(channel * capacity * size));
        }
    }

    /// <summary>Leaves out samples that are declared missing; flush before.</summary>
    public void SkipTo(long sample) => NextSample = sample;

    /// <summary>The block of samples that end where the builder stands.</summary>
    private V1.SampleBlock Encode(ReadOnlySpan<byte> planar, int sampleCount)
    {
        encoded.ResetWrittenCount();
        BlockEncoder.Encode(type, planar, channelCount, encoded);
        // Of the block's own, and written at once: no need to clear it first, nor to copy it once more.
        var payload = GC.AllocateUninitializedArray<byte>(encoded.WrittenCount);
        encoded.WrittenSpan.CopyTo(payload);
        return new()
        {
            FirstSample = NextSample - sampleCount,
            SampleCount = sampleCount,
            ChannelGroup = group,
            Encoding = V1.BlockEncoding.DendriteV1,
            Payload = UnsafeByteOperations.UnsafeWrap(payload),
            Crc32C = Crc32C.Compute(payload),
        };
    }

    private byte[] NewRoom(int samples) => new byte[(long)channelCount * samples * type.SizeBytes()];
}

using System.Buffers;
using System.Collections.Concurrent;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Synthetic;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>
/// Samples made beforehand, since a device makes them for nothing: a ring of blocks, larger than the processor's
/// caches. Gateways go round in it, each from another place.
/// </summary>
internal sealed class BlockRing
{
    private const long RingBytes = 32 << 20;
    private const int MostBlocks = 64;
    private const int Seed = 30_000;
    private static readonly ConcurrentDictionary<RecordingShape, BlockRing> Made = new();
    private readonly short[][] blocks;

    private BlockRing(RecordingShape shape)
    {
        var count = (int)Math.Clamp(RingBytes / (shape.BlockSamples * sizeof(short)), 2, MostBlocks);
        blocks = Enumerable.Range(0, count).Select(_ => new short[shape.BlockSamples]).ToArray();
        var read = ReaderOf(shape);
        foreach (var block in blocks)
        {
            read(block);
        }

        BitsPerSample = Measure(shape);
        if (shape.IsInterleaved)
        {
            blocks = blocks.Select(block => Interleave(block, shape.Channels)).ToArray();
        }
    }

    /// <summary>The same for all that record the same.</summary>
    public static BlockRing Of(RecordingShape shape) => Made.GetOrAdd(shape, each => new(each));

    /// <summary>As the fast effort encodes them.</summary>
    public double BitsPerSample { get; }

    public int Count => blocks.Length;

    public ReadOnlyMemory<short> this[long index] => blocks[index % blocks.Length];

    private delegate void ReadSamples(Span<short> planar);

    private static ReadSamples ReaderOf(RecordingShape shape) =>
        shape.Source switch
        {
            SampleSource.Eeg => new SyntheticEeg(
                new()
                {
                    ChannelCount = shape.Channels,
                    SampleRateHz = shape.RateHz,
                    Seed = Seed,
                }
            ).Read,
            SampleSource.RealEphys => new RealEphys(shape.Channels).Read,
            _ => new Broadband(shape.Channels, Seed).Read,
        };

    private double Measure(RecordingShape shape)
    {
        var encoded = new ArrayBufferWriter<byte>();
        foreach (var block in blocks)
        {
            BlockEncoder.Encode(block, shape.Channels, encoded);
        }

        return 8.0 * encoded.WrittenCount / (blocks.Length * shape.BlockSamples);
    }

    private static short[] Interleave(short[] planar, int channels)
    {
        var interleaved = new short[planar.Length];
        Planar.ToInterleaved<short>(planar, channels, interleaved);
        return interleaved;
    }
}

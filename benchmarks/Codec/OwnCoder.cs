using System.Buffers;
using System.Diagnostics;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Signals.Blocks;

namespace Dendrite.Benchmarks.Codec;

/// <summary>One effort of our codec, in blocks as they are stored, with checksums and summaries.</summary>
/// <param name="Name">The effort.</param>
/// <param name="SamplesInBlock">Of each channel.</param>
/// <param name="Encode">Writes one block.</param>
internal sealed record OwnCoder(string Name, int SamplesInBlock, BlockEncode Encode)
{
    /// <summary>What gateways send: a fraction of a second.</summary>
    public static OwnCoder Fast { get; } = new("fast", 2048, BlockEncoder.Encode);

    /// <summary>What the compactor makes of many of those.</summary>
    public static OwnCoder Dense()
    {
        var encoder = new DenseBlockEncoder();
        return new("dense", 65_536, encoder.Encode);
    }

    /// <summary>Encodes and decodes a recording, several times over.</summary>
    /// <param name="recording">What.</param>
    /// <param name="rounds">Measured turns of decoding, and of encoding unless that takes longer than a second.</param>
    /// <param name="round">The least time of a turn.</param>
    public CodingResult Run(CodecRecording recording, int rounds, TimeSpan round)
    {
        var slices = new List<byte[]>();
        for (int first = 0; first < recording.SampleCount; first += SamplesInBlock)
        {
            slices.Add(recording.Slice(first, Math.Min(SamplesInBlock, recording.SampleCount - first)));
        }
        var output = new ArrayBufferWriter<byte>(recording.Planar.Length + (1 << 20));
        var summaries = new ChannelSummary[recording.ChannelCount];
        var blocks = slices.ConvertAll(slice => EncodeOne(recording, slice, output, summaries));
        CheckAll(blocks, slices);

        byte[] decoded = new byte[slices.Max(slice => slice.Length)];
        return new(
            blocks.Sum(block => (long)block.Length),
            Measure(recording, rounds, round, () => EncodeAll(recording, slices, output, summaries)),
            Measure(recording, rounds, round, () => DecodeAll(blocks, decoded))
        );
    }

    private byte[] EncodeOne(
        CodecRecording recording,
        byte[] planar,
        ArrayBufferWriter<byte> output,
        ChannelSummary[] summaries
    )
    {
        output.ResetWrittenCount();
        Encode(recording.Type, planar, recording.ChannelCount, output, summaries);
        return output.WrittenSpan.ToArray();
    }

    private void EncodeAll(
        CodecRecording recording,
        List<byte[]> slices,
        ArrayBufferWriter<byte> output,
        ChannelSummary[] summaries
    )
    {
        foreach (byte[] slice in slices)
        {
            output.ResetWrittenCount();
            Encode(recording.Type, slice, recording.ChannelCount, output, summaries);
        }
    }

    private static void DecodeAll(List<byte[]> blocks, byte[] decoded)
    {
        foreach (byte[] bytes in blocks)
        {
            var block = SampleBlock.Open(bytes);
            block.Decode(decoded.AsSpan(0, block.Header.DecodedBytes));
        }
    }

    private static void CheckAll(List<byte[]> blocks, List<byte[]> slices)
    {
        foreach (var (bytes, slice) in blocks.Zip(slices))
        {
            byte[] decoded = new byte[slice.Length];
            SampleBlock.Open(bytes).Decode(decoded);
            if (!decoded.AsSpan().SequenceEqual(slice))
            {
                throw new InvalidOperationException("A block did not come back as it was.");
            }
        }
    }

    /// <summary>
    /// Millions of samples a second; the first turns, in which the runtime compiles, are not counted.
    /// </summary>
    private static Series Measure(CodecRecording recording, int rounds, TimeSpan round, Action pass)
    {
        var start = Stopwatch.StartNew();
        pass();
        // A pass that is long has been compiled on its way, and one of them is a round.
        int passes = Math.Max(1, (int)(round / start.Elapsed));
        for (int turn = 0; turn < rounds && passes > 1; turn++)
        {
            Turn(passes, pass);
        }
        return new(
            Enumerable
                .Range(0, start.Elapsed > TimeSpan.FromSeconds(1) ? 1 : rounds)
                .Select(_ => recording.TotalSamples / 1e6 * passes / Turn(passes, pass).TotalSeconds)
        );
    }

    private static TimeSpan Turn(int passes, Action pass)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < passes; i++)
        {
            pass();
        }
        return Stopwatch.GetElapsedTime(start);
    }
}

/// <summary>Encodes planar samples into one block.</summary>
internal delegate BlockHeader BlockEncode(
    SampleType type,
    ReadOnlySpan<byte> planar,
    int channelCount,
    IBufferWriter<byte> output,
    Span<ChannelSummary> summaries
);

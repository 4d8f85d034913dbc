using Dendrite.Benchmarks.Measuring;

namespace Dendrite.Benchmarks.Codec;

/// <summary>What a coder made of a recording.</summary>
/// <param name="Bytes">All that it wrote.</param>
/// <param name="Encoding">Millions of samples a second, of all channels together, on one core.</param>
/// <param name="Decoding">The same back.</param>
internal sealed record CodingResult(long Bytes, Series Encoding, Series Decoding)
{
    public double BitsPerSample(CodecRecording recording) => Bytes * 8.0 / recording.TotalSamples;
}

namespace Dendrite.Storage.Comparison;

/// <summary>Which samples a block holds, and the digest that says whether they are the same.</summary>
/// <param name="ChannelGroup">The group whose channels it holds.</param>
/// <param name="FirstSample">Index of its first sample.</param>
/// <param name="SampleCount">Samples of each channel.</param>
/// <param name="SampleDigest">SHA-256 of the samples, whatever the encoding; 32 bytes.</param>
public sealed record BlockKey(int ChannelGroup, long FirstSample, int SampleCount, byte[] SampleDigest)
{
    /// <summary>Index after its last sample.</summary>
    public long EndSample => FirstSample + SampleCount;
}

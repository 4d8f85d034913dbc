using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks.Dense;

/// <summary>Recordings of more than 16 bits: fine steps about a level that drifts, and now and then leaps.</summary>
internal static class WideSignals
{
    // A leap is more than the difference of two samples can say in 16 bits.
    private const int Leap = 1_500_000;
    private const int SamplesOfLeap = 700;

    /// <summary>Planar samples that fit 24 bits.</summary>
    public static int[] Make(string kind, int channels, int count, int seed)
    {
        short[] fine = DenseSignals.Make(kind, channels, count, seed);
        return
        [
            .. fine.Select(
                (sample, i) =>
                {
                    int level = ((i % count / SamplesOfLeap) + (i / count)) % 4;
                    return sample + (i % count * 13) + ((level - 2) * Leap);
                }
            ),
        ];
    }

    /// <summary>As they lie in a block.</summary>
    public static byte[] Pack(SampleType type, int[] samples) =>
        [.. samples.SelectMany(sample => BitConverter.GetBytes(sample)[..type.SizeBytes()])];
}

namespace Dendrite.Cli.Simulation;

/// <summary>Flips single bits of what passes, at random distances: a line without checksums. For one caller.</summary>
/// <param name="everyBytes">Mean distance, in bytes; 0: never.</param>
/// <param name="random">Decides where.</param>
internal sealed class BitFlipper(long everyBytes, Random random)
{
    private long left = everyBytes > 0 ? Distance(everyBytes, random) : long.MaxValue;

    /// <summary>Bits flipped so far.</summary>
    public int Flipped { get; private set; }

    public void Pass(Span<byte> bytes)
    {
        var at = 0L;
        while (left < bytes.Length - at)
        {
            at += left;
            bytes[(int)at] ^= (byte)(1 << random.Next(8));
            Flipped++;
            left = Distance(everyBytes, random);
        }

        left -= bytes.Length - at;
    }

    private static long Distance(long mean, Random random) => 1 + (long)(-Math.Log(1 - random.NextDouble()) * mean);
}

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>A difference that 16 bits do not hold.</summary>
/// <param name="Sample">Index of the sample that is that far from the one before it; at least 1.</param>
/// <param name="Height">What to add to its number, in units of 2^16.</param>
internal readonly record struct Jump(int Sample, short Height);

/// <summary>Reads jumps, by sample: for each the distance to the last one and the height, zigzag.</summary>
internal ref struct JumpReader
{
    private readonly int samples;
    private ReadOnlySpan<byte> rest;
    private int remaining;
    private int last;

    /// <param name="payload">Begins with the count.</param>
    /// <param name="samples">Of the channel.</param>
    public JumpReader(ReadOnlySpan<byte> payload, int samples)
    {
        rest = payload;
        remaining = DenseLayout.ReadCount(ref rest, size: 2);
        this.samples = samples;
    }

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => rest;

    public bool TryRead(out Jump jump)
    {
        if (remaining == 0)
        {
            jump = default;
            return false;
        }
        remaining--;
        int distance = DenseLayout.ReadCount(ref rest, size: 0);
        int height = DenseLayout.ReadCount(ref rest, size: 0);
        if (distance < 1 || distance >= samples - last || height > ushort.MaxValue)
        {
            throw DenseFault.Malformed("a jump is out of range");
        }
        last += distance;
        jump = new(last, (short)((height >> 1) ^ -(height & 1)));
        return true;
    }

    public static void Write(List<Jump> jumps, List<byte> payload)
    {
        DenseLayout.WriteCount(jumps.Count, payload);
        int last = 0;
        foreach (var (sample, height) in jumps)
        {
            DenseLayout.WriteCount(sample - last, payload);
            DenseLayout.WriteCount((ushort)((height << 1) ^ (height >> 15)), payload);
            last = sample;
        }
    }
}

namespace Dendrite.Client.Gateways;

/// <summary>
/// How large the next block should be: additive increase, multiplicative decrease, as TCP finds the capacity of a link
/// it knows nothing about (Chiu and Jain 1989: of the simple rules the one that converges to fair shares).
/// <list type="bullet">
/// <item><b>Grow</b> by a step (1/16 of the largest size) for each full block acknowledged within the target time.
/// Blocks that were cut by age say nothing about what would fit, so they do not count, as in RFC 7661.</item>
/// <item><b>Shrink</b> to half when a call breaks with blocks on their way, or an acknowledgement took longer than the
/// target. Once for each trouble: what was sent before the last decrease is evidence of the same one.</item>
/// </list>
/// Large blocks compress better and cost fewer messages; small ones are through before a bad link breaks, and waste
/// less when it does. No size is larger than the platform takes. Thread-safe.
/// </summary>
/// <param name="minBytes">The smallest size, in bytes of raw samples.</param>
/// <param name="maxBytes">The largest size.</param>
/// <param name="target">What an acknowledgement may take.</param>
internal sealed class BlockSizer(int minBytes, int maxBytes, TimeSpan target)
{
    /// <summary>Small enough for any link; a fast one is at its best within a second.</summary>
    private const int FirstBytes = 64 << 10;

    private readonly Lock gate = new();
    private int size = Math.Clamp(FirstBytes, minBytes, maxBytes);
    private int reported = Math.Clamp(FirstBytes, minBytes, maxBytes);
    private long shrunkAt = long.MinValue;
    private int limit = int.MaxValue;

    /// <summary>Size of the next block, in bytes of raw samples.</summary>
    public int Bytes => Volatile.Read(ref size);

    private int Least => Math.Min(minBytes, limit);

    private int Most => Math.Min(maxBytes, limit);

    /// <summary>
    /// Told the old and new size after a decrease, and after each doubling since it was told last; must not block.
    /// </summary>
    public Action<int, int, string> Changed { get; set; } = (_, _, _) => { };

    /// <summary>The platform takes blocks up to that size, from now on and until it says otherwise.</summary>
    /// <param name="bytes">Raw samples.</param>
    public void Limit(int bytes)
    {
        int before;
        lock (gate)
        {
            limit = bytes;
            if (size <= Most)
            {
                return;
            }

            (before, size, reported) = (size, Most, Most);
        }

        Changed(before, Bytes, "the platform takes no larger ones");
    }

    /// <summary>A block is durable.</summary>
    /// <param name="rawBytes">Its samples before encoding.</param>
    /// <param name="sentAt">Timestamp of its sending.</param>
    /// <param name="now">Timestamp of this moment.</param>
    /// <param name="elapsed">What lies between them.</param>
    public void OnAcknowledged(long rawBytes, long sentAt, long now, TimeSpan elapsed)
    {
        if (elapsed > target)
        {
            Shrink(sentAt, now, $"an acknowledgement took {elapsed.TotalSeconds:0.0} s");
            return;
        }

        // A block is full to a sample, and the size may have grown by a few steps while it was on its way.
        lock (gate)
        {
            if (rawBytes >= size / 2)
            {
                size = Math.Min(Most, size + Math.Max(1, Most / 16));
            }
        }

        ReportGrowth();
    }

    /// <summary>A call broke with blocks on their way.</summary>
    /// <param name="now">Timestamp of this moment.</param>
    public void OnBroken(long now) => Shrink(now, now, "the connection broke");

    private void Shrink(long sentAt, long now, string why)
    {
        int before;
        lock (gate)
        {
            if (sentAt < shrunkAt || size <= Least)
            {
                return;
            }

            (before, size, shrunkAt) = (size, Math.Max(Least, size / 2), now);
            reported = size;
        }

        Changed(before, Bytes, why);
    }

    private void ReportGrowth()
    {
        int before;
        lock (gate)
        {
            if (size < 2L * reported && (size < Most || reported == Most))
            {
                return;
            }

            (before, reported) = (reported, size);
        }

        Changed(before, Bytes, "blocks are acknowledged in time");
    }
}

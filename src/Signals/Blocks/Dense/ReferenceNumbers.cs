using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// A channel decoded before, as the numbers that others are predicted from: int16 samples themselves; of wider ones the
/// differences of <see cref="RunningSum"/>.
/// </summary>
/// <param name="samples">All samples of the channel, little-endian.</param>
/// <param name="type">Int16, Int24 or Int32.</param>
internal readonly ref struct ReferenceNumbers(ReadOnlySpan<byte> samples, SampleType type)
{
    private readonly ReadOnlySpan<byte> samples = samples;

    /// <summary>Copies a run of numbers; the outermost are repeated beyond the ends.</summary>
    /// <param name="from">Index of the first; may be negative.</param>
    public void Cut(int from, Span<short> window)
    {
        int count = samples.Length / type.SizeBytes();
        int before = Math.Clamp(-from, 0, window.Length);
        int inside = Math.Clamp(count - from, 0, window.Length);
        if (inside > before)
        {
            Read(from + before, window[before..inside]);
        }
        if (before > 0)
        {
            Read(0, window[..1]);
            window[1..before].Fill(window[0]);
        }
        if (inside < window.Length)
        {
            Read(count - 1, window[^1..]);
            window[Math.Max(before, inside)..^1].Fill(window[^1]);
        }
    }

    private void Read(int from, Span<short> numbers)
    {
        if (type == SampleType.Int16)
        {
            MemoryMarshal.Cast<byte, short>(samples).Slice(from, numbers.Length).CopyTo(numbers);
        }
        else
        {
            RunningSum.Differences(type, samples, from, numbers);
        }
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Adds to a channel's drive what a channel decoded before it says: a short filter over the reference's samples before,
/// at and after each instant. Both are known whole, so nothing waits for anything.
/// </summary>
internal static class ReferenceFilter
{
    /// <summary>The most samples taken before and after the instant.</summary>
    public const int MaxReach = 3;

    /// <summary>The most samples of drive that one call makes.</summary>
    public const int MaxRun = 1024;

    /// <param name="reference">The channel decoded before.</param>
    /// <param name="start">Index of the instant of the first place of <paramref name="drive"/>.</param>
    /// <param name="taps">
    /// An odd number, for the earliest sample first; the middle one is for the instant itself.
    /// </param>
    /// <param name="drive">Whole rows of eight, at most <see cref="MaxRun"/>; may go beyond the end.</param>
    public static void Add(ReferenceNumbers reference, int start, ReadOnlySpan<short> taps, Span<int> drive)
    {
        Span<short> window = stackalloc short[MaxRun + (2 * MaxReach)];
        window = window[..(drive.Length + taps.Length - 1)];
        reference.Cut(start - (taps.Length / 2), window);
        var sums = MemoryMarshal.Cast<int, Vector256<int>>(drive);
        for (int tap = 0; tap < taps.Length; tap++)
        {
            var coefficient = Vector256.Create((int)taps[tap]);
            for (int row = 0; row < sums.Length; row++)
            {
                var samples = Vector128.Create(
                    window.Slice((row * Vector256<int>.Count) + tap, Vector128<short>.Count)
                );
                var (low, high) = Vector128.Widen(samples);
                sums[row] += Vector256.Create(low, high) * coefficient;
            }
        }
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Packs and unpacks rows of eight 16-bit values to and from vertical lanes; see <see cref="FrameLayout"/>.
/// </summary>
internal static class BitLanes
{
    /// <summary>Packs the low <paramref name="width"/> bits of each value; bits above are dropped.</summary>
    public static void Pack(ReadOnlySpan<Vector128<ushort>> rows, int width, Span<byte> packed)
    {
        if (width == 0)
        {
            return;
        }
        var words = MemoryMarshal.Cast<byte, Vector128<ushort>>(packed);
        var mask = Vector128.Create(Mask(width));
        var word = Vector128<ushort>.Zero;
        int used = 0;
        int next = 0;
        foreach (var row in rows)
        {
            var value = row & mask;
            word |= value << used;
            used += width;
            if (used >= FrameLayout.WordBits)
            {
                words[next++] = word;
                used -= FrameLayout.WordBits;
                // A shift by 16 must give zero, and the operator takes its count modulo 16: shift in two steps.
                word = (value >>> (width - used - 1)) >>> 1;
            }
        }
        if (used > 0)
        {
            words[next] = word;
        }
    }

    /// <summary>The inverse of <see cref="Pack"/>; bits above <paramref name="width"/> become zero.</summary>
    public static void Unpack(ReadOnlySpan<byte> packed, int width, Span<Vector128<ushort>> rows)
    {
        if (width == 0)
        {
            rows.Clear();
            return;
        }
        var words = MemoryMarshal.Cast<byte, Vector128<ushort>>(packed);
        var mask = Vector128.Create(Mask(width));
        int bit = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            int word = bit / FrameLayout.WordBits;
            int shift = bit % FrameLayout.WordBits;
            // A row that does not reach into the next word takes only bits from it that the mask removes, so the last
            // word may stand in for the one that is not there.
            var low = words[word] >>> shift;
            var high = words[Math.Min(word + 1, words.Length - 1)] << (FrameLayout.WordBits - 1 - shift) << 1;
            rows[row] = (low | high) & mask;
            bit += width;
        }
    }

    private static ushort Mask(int width) => (ushort)((1 << width) - 1);
}

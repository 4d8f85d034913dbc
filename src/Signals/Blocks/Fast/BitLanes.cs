using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Packs and unpacks rows of eight 16-bit values to and from vertical lanes; see <see cref="FrameLayout"/>. Full frames
/// go through <see cref="UnrolledLanes"/>, the short frame at the end of a channel through the loops here.
/// </summary>
internal static class BitLanes
{
    /// <summary>Packs the low <paramref name="width"/> bits of each value; bits above are dropped.</summary>
    /// <param name="rows">At most 16 rows.</param>
    /// <param name="width">0 to 16.</param>
    /// <param name="packed">Exactly <see cref="FrameLayout.PackedBytes"/> long.</param>
    public static void Pack(ReadOnlySpan<Vector128<ushort>> rows, int width, Span<byte> packed)
    {
        var words = MemoryMarshal.Cast<byte, Vector128<ushort>>(packed);
        if (width == 0)
        {
            return;
        }
        if (rows.Length == FrameLayout.FullRows)
        {
            UnrolledLanes.Pack(rows, width, words);
            return;
        }
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
        var words = MemoryMarshal.Cast<byte, Vector128<ushort>>(packed);
        if (width == 0)
        {
            rows.Clear();
            return;
        }
        if (rows.Length == FrameLayout.FullRows)
        {
            UnrolledLanes.Unpack(words, width, rows);
            return;
        }
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

    public static ushort Mask(int width) => (ushort)((1 << width) - 1);
}

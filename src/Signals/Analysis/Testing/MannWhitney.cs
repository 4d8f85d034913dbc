using MathNet.Numerics;

namespace Dendrite.Signals.Analysis.Testing;

/// <summary>
/// Whether values of one sample tend to be larger than those of the other, by ranks (H. B. Mann and D. R. Whitney, Ann.
/// Math. Statist. 18, 1947).
/// </summary>
/// <param name="U">Of the new side: pairs in which it is larger, and half of those that tie.</param>
/// <param name="P">
/// Two-sided. Exact where one side has at most <see cref="ExactCount"/> values and none tie; else by the normal
/// approximation with corrections for ties and continuity.
/// </param>
/// <remarks>As <c>scipy.stats.mannwhitneyu(to, from)</c>, whose choice of method is the same. NaN where a side is
/// empty; p is 1 where all values are the same.</remarks>
public readonly record struct MannWhitney(double U, double P)
{
    /// <summary>Up to this many values on either side, p is exact.</summary>
    public const int ExactCount = 8;

    /// <summary>With more on the other side the counts would not fit in 127 bits, and the approximation is as
    /// good.</summary>
    private const int ExactOtherCount = 100_000;

    public static MannWhitney None { get; } = new(double.NaN, double.NaN);

    /// <summary>Sorts copies: O(n log n).</summary>
    public static MannWhitney Of(ReadOnlySpan<double> from, ReadOnlySpan<double> to)
    {
        if (from.IsEmpty || to.IsEmpty)
        {
            return None;
        }

        double[] values = [.. from, .. to];
        byte[] isNew = new byte[values.Length];
        isNew.AsSpan(from.Length).Fill(1);
        Array.Sort(values, isNew);
        var (rankSum, ties) = Rank(values, isNew);
        double pairs = (double)from.Length * to.Length;
        double u = rankSum - (to.Length * (to.Length + 1.0) / 2);
        bool isExact =
            ties == 0
            && Math.Min(from.Length, to.Length) <= ExactCount
            && Math.Max(from.Length, to.Length) <= ExactOtherCount;
        double larger = Math.Max(u, pairs - u);
        double p = isExact
            ? 2 * ExactTail(from.Length, to.Length, (int)(pairs - larger))
            : ApproximateP(pairs, values.Length, ties, larger);
        return new(u, Math.Min(p, 1));
    }

    /// <summary>The new side's sum of ranks from 1, ties sharing theirs; and Σ(t³ - t) over ties.</summary>
    private static (double RankSum, double Ties) Rank(double[] values, byte[] isNew)
    {
        double sum = 0;
        double ties = 0;
        for (int start = 0, end; start < values.Length; start = end)
        {
            int ofNew = 0;
            for (end = start; end < values.Length && values[end] == values[start]; end++)
            {
                ofNew += isNew[end];
            }
            double count = end - start;
            sum += ofNew * (start + end + 1) / 2.0;
            ties += (count * count * count) - count;
        }
        return (sum, ties);
    }

    private static double ApproximateP(double pairs, double count, double ties, double larger)
    {
        double variance = pairs / 12 * (count + 1 - (ties / (count * (count - 1))));
        // All the same: nothing speaks for a difference.
        return variance > 0 ? SpecialFunctions.Erfc((larger - (pairs / 2) - 0.5) / Math.Sqrt(2 * variance)) : 1;
    }

    /// <summary>
    /// The probability of a U at most this small. How many orders give each U are the coefficients of the Gaussian
    /// binomial: the product of (1 - q^(n+i)) / (1 - q^i) for i from 1 to m, in whole numbers.
    /// </summary>
    private static double ExactTail(int one, int other, int u)
    {
        int few = Math.Min(one, other);
        int many = Math.Max(one, other);
        var orders = new Int128[u + 1];
        orders[0] = 1;
        for (int i = 1; i <= few; i++)
        {
            for (int j = u; j >= many + i; j--)
            {
                orders[j] -= orders[j - many - i];
            }
            for (int j = i; j <= u; j++)
            {
                orders[j] += orders[j - i];
            }
        }

        Int128 all = 1;
        for (int i = 1; i <= few; i++)
        {
            all = all * (many + i) / i;
        }
        Int128 sum = 0;
        foreach (var count in orders)
        {
            sum += count;
        }
        return (double)sum / (double)all;
    }
}

using System.Numerics;

namespace Dendrite.Signals.Analysis.Windows;

/// <summary>
/// The Fourier transform at the lowest frequencies only, and at their mirrors: of two seconds at 30 kHz
/// some 200 of 60,000 are wanted, and a general transform of a length that is no power of two takes three of twice the
/// length. By one step of J. W. Cooley and J. W. Tukey (Math. Comp. 19, 1965): with <c>n = inner * outer</c>, inner a
/// power of two, the samples i, i + outer, i + 2 outer and so on are transformed for each i below outer, and the wanted
/// frequencies are summed from those. Thread-safe.
/// </summary>
internal sealed class LowFrequencyTransform
{
    /// <summary>Sums for each sample up to which this is quicker than the general transform.</summary>
    private const int WorthWhile = 40;

    private readonly int length;
    private readonly int bins;
    private readonly int inner;
    private readonly Complex[] roots;

    private LowFrequencyTransform(int length, int bins, int inner)
    {
        this.length = length;
        this.bins = bins;
        this.inner = inner;
        roots = new Complex[length];
        for (int i = 0; i < length; i++)
        {
            roots[i] = Complex.FromPolarCoordinates(1, -2 * Math.PI * i / length);
        }
    }

    /// <summary>One for the first bins of a length; null where the general transform is as quick.</summary>
    public static LowFrequencyTransform? For(int length, int bins)
    {
        int inner = length & -length;
        bool isWorthIt = inner != length && 2L * bins <= (long)WorthWhile * inner && 2 * bins <= length;
        return isWorthIt ? new(length, bins, inner) : null;
    }

    /// <summary>Puts frequencies 0 to bins - 1 and their mirrors in their places; what is elsewhere is no
    /// longer of use.</summary>
    public void Forward(Complex[] samples)
    {
        int outer = length / inner;
        var low = new Complex[bins];
        var mirrored = new Complex[bins];
        var strided = new Complex[inner];
        for (int i = 0; i < outer; i++)
        {
            for (int j = 0; j < inner; j++)
            {
                strided[j] = samples[i + (j * outer)];
            }
            TransformStrided(strided);
            int root = 0;
            for (int k = 0; k < bins; k++)
            {
                low[k] += roots[root] * strided[k & (inner - 1)];
                mirrored[k] += Complex.Conjugate(roots[root]) * strided[-k & (inner - 1)];
                root += i;
                root -= root >= length ? length : 0;
            }
        }

        low.CopyTo(samples, 0);
        for (int k = 1; k < bins; k++)
        {
            samples[length - k] = mirrored[k];
        }
    }

    /// <summary>Radix 2, in place.</summary>
    private void TransformStrided(Complex[] values)
    {
        for (int i = 1, j = 0; i < inner; i++)
        {
            int bit = inner >> 1;
            for (; (j & bit) != 0; bit >>= 1)
            {
                j ^= bit;
            }
            j ^= bit;
            if (i < j)
            {
                (values[i], values[j]) = (values[j], values[i]);
            }
        }

        for (int size = 2; size <= inner; size *= 2)
        {
            int step = length / size;
            for (int start = 0; start < inner; start += size)
            {
                for (int k = 0; k < size / 2; k++)
                {
                    Complex one = values[start + k];
                    Complex other = values[start + k + (size / 2)] * roots[k * step];
                    values[start + k] = one + other;
                    values[start + k + (size / 2)] = one - other;
                }
            }
        }
    }
}

using System.Numerics;
using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// The normal equations of weighted least squares: which combination of n features comes nearest to a target. Filled a
/// row of observations at a time, then solved for any chosen features. Reusable; not thread-safe.
/// </summary>
internal sealed class LeastSquares
{
    private static readonly int Step = Vector<double>.Count;

    private double[] matrix = [];
    private double[] factor = [];
    private int features;
    private int stride;

    /// <summary>Empties it.</summary>
    /// <param name="featureCount">Features of an observation; the target comes behind them.</param>
    public void Begin(int featureCount)
    {
        features = featureCount;
        stride = (featureCount + 1 + Step - 1) / Step * Step;
        int size = stride * stride;
        matrix = matrix.Length < size ? new double[size] : matrix;
        factor = factor.Length < size ? new double[size] : factor;
        matrix.AsSpan(0, size).Clear();
    }

    /// <summary>Length of an observation: features, target, zeros up to whole vectors.</summary>
    public int Stride => stride;

    /// <summary>Weighted energy of the target.</summary>
    public double TargetEnergy => At(features, features);

    /// <summary>
    /// Adds four observations, each of <see cref="Stride"/> numbers and already multiplied by its weight.
    /// </summary>
    public void AddFour(ReadOnlySpan<double> rows)
    {
        var a = MemoryMarshal.Cast<double, Vector<double>>(rows[..stride]);
        var b = MemoryMarshal.Cast<double, Vector<double>>(rows.Slice(stride, stride));
        var c = MemoryMarshal.Cast<double, Vector<double>>(rows.Slice(2 * stride, stride));
        var d = MemoryMarshal.Cast<double, Vector<double>>(rows.Slice(3 * stride, stride));
        for (int i = 0; i <= features; i++)
        {
            // Symmetric: only the part up to the diagonal.
            int length = (i / Step) + 1;
            var sums = MemoryMarshal.Cast<double, Vector<double>>(matrix.AsSpan(i * stride, stride))[..length];
            var (wa, wb) = (new Vector<double>(rows[i]), new Vector<double>(rows[stride + i]));
            var (wc, wd) = (new Vector<double>(rows[(2 * stride) + i]), new Vector<double>(rows[(3 * stride) + i]));
            for (int j = 0; j < sums.Length; j++)
            {
                sums[j] += (wa * a[j]) + (wb * b[j]) + ((wc * c[j]) + (wd * d[j]));
            }
        }
    }

    /// <summary>Weighted energy of a feature.</summary>
    public double Energy(int feature) => At(feature, feature);

    /// <summary>Solves for some of the features.</summary>
    /// <param name="chosen">Their indexes, ascending.</param>
    /// <param name="coefficients">Takes one for each.</param>
    /// <returns>Weighted energy of what remains of the target; the target's own where there is no solution.</returns>
    public double Solve(ReadOnlySpan<int> chosen, Span<double> coefficients)
    {
        int count = chosen.Length;
        double remaining = TargetEnergy;
        for (int i = 0; i < count; i++)
        {
            double product = At(features, chosen[i]);
            for (int j = 0; j <= i; j++)
            {
                double sum = At(chosen[i], chosen[j]) - Dot(i, j, j);
                if (i != j)
                {
                    factor[(i * stride) + j] = sum / factor[(j * stride) + j];
                    continue;
                }
                // A little is added to the diagonal, so that features that say the same share the work.
                double pivot = sum + (1e-9 * At(chosen[i], chosen[i])) + 1e-9;
                factor[(i * stride) + i] = Math.Sqrt(Math.Max(pivot, 1e-12));
            }
            for (int k = 0; k < i; k++)
            {
                product -= factor[(i * stride) + k] * coefficients[k];
            }
            coefficients[i] = product / factor[(i * stride) + i];
            remaining -= coefficients[i] * coefficients[i];
        }
        for (int i = count - 1; i >= 0; i--)
        {
            double sum = coefficients[i];
            for (int k = i + 1; k < count; k++)
            {
                sum -= factor[(k * stride) + i] * coefficients[k];
            }
            coefficients[i] = sum / factor[(i * stride) + i];
        }
        return Math.Max(remaining, 0);
    }

    private double Dot(int i, int j, int length)
    {
        var a = factor.AsSpan(i * stride, length);
        var b = factor.AsSpan(j * stride, length);
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
        {
            sum += a[k] * b[k];
        }
        return sum;
    }

    private double At(int i, int j) => i >= j ? matrix[(i * stride) + j] : matrix[(j * stride) + i];
}

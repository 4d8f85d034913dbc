using System.Numerics;
using System.Runtime.InteropServices;
using Dendrite.Signals.Analysis;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>
/// The features of many windows, feature by feature, so that distances are computed for several windows at once.
/// Not thread-safe.
/// </summary>
internal sealed class ShapeTable
{
    /// <summary>
    /// Features are logarithms: where all windows lie closer together than a tenth in one, what tells them apart there
    /// is noise, and one standard deviation of it shall not count like one of a rhythm.
    /// </summary>
    private const double SmallestDeviation = 0.1;

    private readonly double[] given;
    private readonly int[] used;
    private readonly List<double>[] columns;

    /// <param name="given">Features of the given window. Those that are NaN are left out for all.</param>
    public ShapeTable(double[] given)
    {
        this.given = given;
        used = [.. Enumerable.Range(0, given.Length).Where(feature => double.IsFinite(given[feature]))];
        columns = [.. given.Select(_ => new List<double>())];
    }

    /// <summary>How many windows it holds.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a window; false where it lacks a feature that the given one has.</summary>
    public bool TryAdd(ReadOnlySpan<double> features)
    {
        foreach (var feature in used)
        {
            if (!double.IsFinite(features[feature]))
            {
                return false;
            }
        }

        foreach (var feature in used)
        {
            columns[feature].Add(features[feature]);
        }

        Count++;
        return true;
    }

    /// <summary>
    /// Mean and standard deviation (with n, at least 0.1) of each feature over all windows.
    /// </summary>
    public FeatureScale FindScale()
    {
        var scale = new FeatureScale(new double[given.Length], new double[given.Length]);
        foreach (var feature in used)
        {
            var moments = Moments.Of(CollectionsMarshal.AsSpan(columns[feature]));
            scale.Means[feature] = moments.Mean;
            var deviation = moments.Count > 0 ? Math.Sqrt(moments.Squares / moments.Count) : 0;
            scale.Inverses[feature] = 1 / Math.Max(deviation, SmallestDeviation);
        }

        return scale;
    }

    /// <summary>Euclidean distances of all windows from the given one, of standardised features.</summary>
    public double[] FindDistances(FeatureScale scale)
    {
        var distances = new double[Count];
        foreach (var feature in used)
        {
            AddSquares(CollectionsMarshal.AsSpan(columns[feature]), given[feature], scale.Inverses[feature], distances);
        }

        TakeRoots(distances);
        return distances;
    }

    /// <summary>Each feature that counts, with its standardised values in the given window and in another.</summary>
    public IEnumerable<(int Feature, double Given, double Found)> Explain(int window, FeatureScale scale)
    {
        foreach (var feature in used)
        {
            var (mean, inverse) = (scale.Means[feature], scale.Inverses[feature]);
            yield return (feature, (given[feature] - mean) * inverse, (columns[feature][window] - mean) * inverse);
        }
    }

    private static void AddSquares(ReadOnlySpan<double> values, double given, double inverse, Span<double> squares)
    {
        var (from, scale) = (new Vector<double>(given), new Vector<double>(inverse));
        var i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var distance = (new Vector<double>(values[i..]) - from) * scale;
            (new Vector<double>(squares[i..]) + (distance * distance)).CopyTo(squares[i..]);
        }

        for (; i < values.Length; i++)
        {
            var distance = (values[i] - given) * inverse;
            squares[i] += distance * distance;
        }
    }

    private static void TakeRoots(Span<double> squares)
    {
        var i = 0;
        for (; i <= squares.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector.SquareRoot(new Vector<double>(squares[i..])).CopyTo(squares[i..]);
        }

        for (; i < squares.Length; i++)
        {
            squares[i] = Math.Sqrt(squares[i]);
        }
    }
}

/// <summary>How features are standardised: less the mean, times the inverse of the standard deviation.</summary>
internal sealed record FeatureScale(double[] Means, double[] Inverses);

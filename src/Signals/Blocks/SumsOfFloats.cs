using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks;

/// <summary>
/// What a summary needs of float samples. NaN and infinities are left out. Added as doubles in four lanes, the same on
/// every processor as long as the runs are.
/// </summary>
internal struct SumsOfFloats()
{
    private Vector256<double> minimum = Vector256.Create(double.PositiveInfinity);
    private Vector256<double> maximum = Vector256.Create(double.NegativeInfinity);
    private Vector256<double> sums;
    private Vector256<double> squares;
    private Vector256<long> counts;

    public void Add(ReadOnlySpan<float> samples)
    {
        foreach (var lanes in MemoryMarshal.Cast<float, Vector256<float>>(samples))
        {
            var (low, high) = Vector256.Widen(lanes);
            AddLanes(low);
            AddLanes(high);
        }
        foreach (float sample in samples[(samples.Length & -Vector256<float>.Count)..])
        {
            AddOne(sample);
        }
    }

    public void Add(ReadOnlySpan<double> samples)
    {
        foreach (var lanes in MemoryMarshal.Cast<double, Vector256<double>>(samples))
        {
            AddLanes(lanes);
        }
        foreach (double sample in samples[(samples.Length & -Vector256<double>.Count)..])
        {
            AddOne(sample);
        }
    }

    public readonly ChannelSummary Summary()
    {
        double min = double.PositiveInfinity;
        double max = double.NegativeInfinity;
        for (int lane = 0; lane < Vector256<double>.Count; lane++)
        {
            min = Math.Min(min, minimum[lane]);
            max = Math.Max(max, maximum[lane]);
        }
        long count = Vector256.Sum(counts);
        return count == 0 ? default : new(count, min, max, Vector256.Sum(sums), Vector256.Sum(squares));
    }

    /// <summary>A sample behind the last vector: the other lanes are not finite, so they do not count.</summary>
    private void AddOne(double sample) => AddLanes(Vector256.Create(sample, double.NaN, double.NaN, double.NaN));

    private void AddLanes(Vector256<double> lanes)
    {
        // False for infinities, and for NaN, as any comparison with it.
        var finite = Vector256.LessThan(Vector256.Abs(lanes), Vector256.Create(double.PositiveInfinity));
        var counted = lanes & finite;
        counts -= finite.AsInt64();
        sums += counted;
        squares += counted * counted;
        minimum = Vector256.ConditionalSelect(finite, Vector256.Min(minimum, lanes), minimum);
        maximum = Vector256.ConditionalSelect(finite, Vector256.Max(maximum, lanes), maximum);
    }
}

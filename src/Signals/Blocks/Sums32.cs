using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks;

/// <summary>
/// What a summary needs of int24 and int32 samples, added up run by run. The sum is exact; squares are added as doubles
/// in four lanes, the same on every processor as long as the runs are.
/// </summary>
internal struct Sums32()
{
    private Vector256<int> minimum = Vector256.Create(int.MaxValue);
    private Vector256<int> maximum = Vector256.Create(int.MinValue);
    private Vector256<long> sums;
    private Vector256<double> squares;
    private long count;

    /// <summary>Adds samples.</summary>
    /// <param name="samples">
    /// A whole number of vectors; those beyond <paramref name="counted"/> are samples of the channel once more.
    /// </param>
    /// <param name="counted">How many count.</param>
    public void Add(ReadOnlySpan<int> samples, int counted)
    {
        var (min, max, sum, square) = (minimum, maximum, sums, squares);
        foreach (var lanes in MemoryMarshal.Cast<int, Vector256<int>>(samples))
        {
            min = Vector256.Min(min, lanes);
            max = Vector256.Max(max, lanes);
            var (low, high) = Vector256.Widen(lanes);
            sum += low + high;
            var lowDouble = Vector256.ConvertToDouble(low);
            var highDouble = Vector256.ConvertToDouble(high);
            square += lowDouble * lowDouble;
            square += highDouble * highDouble;
        }
        (minimum, maximum, sums, squares) = (min, max, sum, square);
        foreach (int extra in samples[counted..])
        {
            sums -= Vector256.CreateScalar((long)extra);
            squares -= Vector256.CreateScalar((double)extra * extra);
        }
        count += counted;
    }

    public readonly ChannelSummary Summary()
    {
        int min = int.MaxValue;
        int max = int.MinValue;
        for (int lane = 0; lane < Vector256<int>.Count; lane++)
        {
            min = Math.Min(min, minimum[lane]);
            max = Math.Max(max, maximum[lane]);
        }
        return new(count, min, max, Vector256.Sum(sums), Vector256.Sum(squares));
    }
}

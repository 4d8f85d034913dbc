using System.Diagnostics;

namespace Dendrite.Benchmarks.Measuring;

/// <summary>How long single operations take, one after the other.</summary>
public static class Latencies
{
    /// <summary>Runs rounds of operations and answers what a share of them stays under, in milliseconds.</summary>
    /// <param name="rounds">How many values the series has.</param>
    /// <param name="operations">How many operations a round has: at least 1 / (1 - share) for a figure that says
    /// something.</param>
    /// <param name="share">0.99 for p99, 0.5 for the median.</param>
    /// <param name="operation">Gets the number of the operation, from 0, over all rounds.</param>
    public static async Task<Series> MeasureAsync(int rounds, int operations, double share, Func<int, Task> operation)
    {
        var values = new List<double>(rounds);
        var milliseconds = new double[operations];
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < operations; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await operation((round * operations) + i);
                milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }

            Array.Sort(milliseconds);
            values.Add(milliseconds[(int)Math.Ceiling(share * operations) - 1]);
        }

        return new Series(values);
    }

    /// <summary>How long one operation takes, in seconds.</summary>
    public static async Task<double> SecondsAsync(Func<Task> operation)
    {
        var start = Stopwatch.GetTimestamp();
        await operation();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

using System.Diagnostics;
using Dendrite.Benchmarks.Measuring;

namespace Dendrite.Benchmarks.Branching;

/// <summary>The baseline: an experiment's own data as labs have it today, by copying the database.</summary>
internal static class CopiedDatabase
{
    public const string Name = "CREATE DATABASE ... TEMPLATE of the same data";

    /// <summary>How long a copy takes, in milliseconds.</summary>
    public static async Task<Series> MeasureAsync(BenchmarkPlatform platform, int rounds)
    {
        var milliseconds = new List<double>(rounds);
        for (var round = 0; round < rounds; round++)
        {
            await platform.DisconnectAsync();
            var start = Stopwatch.GetTimestamp();
            await platform.AdministerAsync("CREATE DATABASE copied TEMPLATE platform");
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await platform.AdministerAsync("DROP DATABASE copied");
        }

        return new Series(milliseconds);
    }
}

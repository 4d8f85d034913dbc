using System.Diagnostics;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>
/// Writes at the times at which devices have their blocks ready, whether or not the ones before are stored: what is
/// late is late from then on, so a server that stands still for a while shows in every block that had to wait.
/// </summary>
internal static class Pace
{
    /// <summary>Hands over a block; the inner task ends when it is durable.</summary>
    public delegate Task<Task> HandOver(int writer);

    /// <param name="writers">How many; their blocks are ready one after the other, not all at once.</param>
    /// <param name="period">From block to block of a writer.</param>
    /// <param name="length">Of the run.</param>
    /// <returns>For each block the milliseconds from when it was ready until it was durable.</returns>
    public static async Task<double[]> RunAsync(int writers, TimeSpan period, TimeSpan length, HandOver handOver)
    {
        var start = Stopwatch.GetTimestamp();
        var each = Enumerable
            .Range(0, writers)
            .Select(writer => WriteAsync(start, writer, period * ((double)writer / writers), period, length, handOver));
        return (await Task.WhenAll(each)).SelectMany(latencies => latencies).ToArray();
    }

    private static async Task<double[]> WriteAsync(
        long start,
        int writer,
        TimeSpan offset,
        TimeSpan period,
        TimeSpan length,
        HandOver handOver
    )
    {
        var pending = new List<Task<double>>();
        for (var due = offset + period; due <= length; due += period)
        {
            for (
                var wait = due - Stopwatch.GetElapsedTime(start);
                wait > TimeSpan.Zero;
                wait = due - Stopwatch.GetElapsedTime(start)
            )
            {
                // Whole milliseconds, or it would end too early.
                await Task.Delay((int)Math.Ceiling(wait.TotalMilliseconds));
            }

            pending.Add(MeasureAsync(start, due, await handOver(writer)));
        }

        return await Task.WhenAll(pending);
    }

    private static async Task<double> MeasureAsync(long start, TimeSpan due, Task durable)
    {
        await durable;
        return (Stopwatch.GetElapsedTime(start) - due).TotalMilliseconds;
    }
}

using System.Diagnostics;

namespace Dendrite.IngestService.Tests;

/// <summary>Waits for what happens on another thread.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    /// <summary>Ends when the condition holds; fails when it does not in a minute.</summary>
    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"Never came: {what}");
            await Task.Delay(Look, TestContext.Current.CancellationToken);
        }
    }
}

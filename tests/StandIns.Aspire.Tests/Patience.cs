namespace Dendrite.StandIns.Aspire.Tests;

/// <summary>Bounds every wait: a test that would hang fails instead.</summary>
internal static class Patience
{
    /// <summary>Starting servers on a busy machine takes its time.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public static Task Bounded(this Task task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    /// <summary>Asks until it is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        while (!await holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
        }
    }

    public static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));
}

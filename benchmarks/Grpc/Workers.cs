namespace Dendrite.Benchmarks.Grpc;

internal static class Workers
{
    /// <summary>Shares so many operations out over workers that run at the same time.</summary>
    public static Task RunAsync(int operations, int workers, Func<int, Task> work)
    {
        var (each, more) = Math.DivRem(operations, workers);
        return Task.WhenAll(Enumerable.Range(0, workers).Select(worker => work(each + (worker < more ? 1 : 0))));
    }
}

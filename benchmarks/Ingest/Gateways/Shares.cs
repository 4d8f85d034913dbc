namespace Dendrite.Benchmarks.Ingest.Gateways;

internal static class Shares
{
    /// <summary>Shares so many units out over writers that write at the same time.</summary>
    /// <param name="write">Gets the writer's number and how many units are its.</param>
    public static Task RunAsync(int count, int writers, Func<int, int, Task> write)
    {
        var (each, more) = Math.DivRem(count, writers);
        return Task.WhenAll(
            Enumerable.Range(0, writers).Select(writer => write(writer, each + (writer < more ? 1 : 0)))
        );
    }
}

namespace StackExchange.Redis.Connections;

internal static class TaskExtensions
{
    /// <summary>
    /// Nobody waits for this task, and its failure is nobody's: seen here so that it is not reported as unobserved.
    /// </summary>
    public static void Forget(this Task task) =>
        _ = task.ContinueWith(
            static done => done.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
}

namespace Dendrite.StandIns.Grpc.Tests.Infrastructure;

/// <summary>Every wait of a test has an end.</summary>
internal static class Bounded
{
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(EchoServer.Patience);

    public static Task Soon(this Task task) => task.WaitAsync(EchoServer.Patience);

    /// <summary>Ends when the token fires.</summary>
    public static Task Fired(this CancellationToken token)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(source.SetResult);
        return source.Task.Soon();
    }
}

using StackExchange.Redis.Protocol;

namespace StackExchange.Redis.Connections;

/// <summary>A command that was handed to the connection and whose reply is to come.</summary>
internal sealed class PendingReply(string commandName, long sentAt)
    : TaskCompletionSource<Reply>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public string CommandName => commandName;

    /// <summary>The timestamp of the clock at which it was handed over.</summary>
    public long SentAt => sentAt;

    public void Complete(Reply reply)
    {
        if (reply.Type is ResultType.Error)
            TrySetException(new RedisServerException(reply.Text));
        else
            TrySetResult(reply);
    }
}

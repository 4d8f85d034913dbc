using System.IO.Pipelines;
using StackExchange.Redis.Protocol;

namespace StackExchange.Redis.Connections;

/// <summary>
/// One connection that many callers share. Commands go out in the order in which they were handed over and replies come
/// back in that order, so what pairs them is a queue. Callers write into a pipe and a loop of its own sends what has
/// gathered, which turns concurrent commands into few large writes. It lives until its first failure; it never
/// reconnects.
/// </summary>
internal sealed class RespConnection : IAsyncDisposable
{
    // What may wait to be sent. A server that does not read is soon told apart from a burst; memory stays bounded.
    private const long MaxUnsentBytes = 64 * 1024 * 1024;
    private const int MaxPendingReplies = 100_000;

    private readonly Stream stream;
    private readonly TimeProvider time;
    private readonly Func<Reply, bool>? takesPush;
    private readonly Pipe outgoing = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Queue<PendingReply> pending = new();
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<Exception> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task loops;

    private RedisConnectionException? failure;
    private long unsentBytes;
    private long lastReadAt;
    private int selectedDatabase;

    /// <param name="takesPush">Sees each reply first; true where it was no reply but a message that was pushed.</param>
    public RespConnection(Stream stream, TimeProvider time, Func<Reply, bool>? takesPush)
    {
        this.stream = stream;
        this.time = time;
        this.takesPush = takesPush;
        lastReadAt = time.GetTimestamp();
        loops = Task.WhenAll(Task.Run(SendLoopAsync), Task.Run(ReceiveLoopAsync));
    }

    /// <summary>Ends with what went wrong, once anything has.</summary>
    public Task<Exception> Closed => closed.Task;

    /// <summary>Hands a command over. Never waits for the network.</summary>
    public Task<Reply> SendAsync(Command command)
    {
        lock (gate)
        {
            ThrowIfNotReady();
            if (command.Database >= 0 && command.Database != selectedDatabase)
            {
                // Its reply says nothing that the command's own would not: a bad number fails both.
                Enqueue(new Command("SELECT", [command.Database]));
                selectedDatabase = command.Database;
            }

            var reply = Enqueue(command);
            // The pipe never pauses its writer, so this has always completed when it returns.
            outgoing.Writer.FlushAsync().AsTask().Forget();
            return reply.Task;
        }
    }

    /// <summary>
    /// Gives up on what has waited for longer than the timeout. Replies that come later are still paired and then
    /// dropped. A server that has sent nothing at all for twice that time while commands wait is taken for gone.
    /// </summary>
    public void ExpireOlderThan(TimeSpan timeout)
    {
        var now = time.GetTimestamp();
        lock (gate)
        {
            foreach (var reply in pending)
            {
                var age = time.GetElapsedTime(reply.SentAt, now);
                if (age < timeout)
                    break;
                reply.TrySetException(
                    new RedisTimeoutException(
                        $"Redis did not answer {reply.CommandName} within {timeout.TotalMilliseconds:0} ms; "
                            + $"{pending.Count} commands wait.",
                        CommandStatus.Sent
                    )
                );
            }

            if (pending.Count == 0 || time.GetElapsedTime(pending.Peek().SentAt, now) < 2 * timeout)
                return;
        }

        if (time.GetElapsedTime(Interlocked.Read(ref lastReadAt), now) >= 2 * timeout)
            Fail(ConnectionFailureType.SocketFailure, "Redis has gone silent.", inner: null);
    }

    public async ValueTask DisposeAsync()
    {
        Fail(ConnectionFailureType.ConnectionDisposed, "The connection was closed.", inner: null);
        await loops;
        stopping.Dispose();
    }

    private void ThrowIfNotReady()
    {
        if (failure is not null)
            throw new RedisConnectionException(failure.FailureType, failure.Message, failure, failure.CommandStatus);
        if (unsentBytes > MaxUnsentBytes || pending.Count >= MaxPendingReplies)
        {
            throw new RedisConnectionException(
                ConnectionFailureType.UnableToConnect,
                $"Redis does not keep up: {pending.Count} commands and {unsentBytes} bytes wait.",
                innerException: null,
                CommandStatus.WaitingInBacklog
            );
        }
    }

    private PendingReply Enqueue(Command command)
    {
        var reply = new PendingReply(command.Name, time.GetTimestamp());
        unsentBytes += RespWriter.Write(outgoing.Writer, command);
        pending.Enqueue(reply);
        return reply;
    }

    private async Task SendLoopAsync()
    {
        try
        {
            while (true)
            {
                var result = await outgoing.Reader.ReadAsync(stopping.Token);
                foreach (var segment in result.Buffer)
                    await stream.WriteAsync(segment, stopping.Token);
                lock (gate)
                    unsentBytes -= result.Buffer.Length;
                outgoing.Reader.AdvanceTo(result.Buffer.End);
            }
        }
        catch (Exception error)
        {
            Fail(ConnectionFailureType.SocketFailure, "Sending to Redis failed.", error);
        }
    }

    private async Task ReceiveLoopAsync()
    {
        try
        {
            await ReceiveRepliesAsync();
            Fail(ConnectionFailureType.SocketClosed, "Redis closed the connection.", inner: null);
        }
        catch (InvalidDataException error)
        {
            Fail(ConnectionFailureType.ProtocolFailure, "Redis sent what is not its protocol.", error);
        }
        catch (Exception error)
        {
            Fail(ConnectionFailureType.SocketFailure, "Receiving from Redis failed.", error);
        }
    }

    private async Task ReceiveRepliesAsync()
    {
        var incoming = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        var parser = new RespReader();
        while (true)
        {
            var result = await incoming.ReadAsync(stopping.Token);
            Interlocked.Exchange(ref lastReadAt, time.GetTimestamp());
            var buffer = result.Buffer;
            while (parser.TryRead(ref buffer, out var reply))
                Deliver(reply);
            incoming.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    private void Deliver(Reply reply)
    {
        if (takesPush?.Invoke(reply) == true)
            return;

        PendingReply? next;
        lock (gate)
            pending.TryDequeue(out next);
        if (next is null)
            throw new InvalidDataException("Redis sent a reply that nothing asked for.");
        next.Complete(reply);
    }

    private void Fail(ConnectionFailureType type, string message, Exception? inner)
    {
        PendingReply[] lost;
        lock (gate)
        {
            if (failure is not null)
                return;
            failure = new RedisConnectionException(type, message, inner, CommandStatus.WaitingToBeSent);
            lost = [.. pending];
            pending.Clear();
        }

        stopping.Cancel();
        stream.Dispose();
        foreach (var reply in lost)
            reply.TrySetException(new RedisConnectionException(type, message, inner, CommandStatus.Sent));
        closed.TrySetResult(failure);
    }
}

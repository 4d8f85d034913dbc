using Dendrite.Errors;

namespace Dendrite.SchedulerService.Outbound;

/// <summary>The bounds of one call to a server outside, which hold until its answer is read.</summary>
internal sealed class CallLimit : IDisposable
{
    private readonly OutboundCall call;
    private readonly CancellationToken caller;
    private readonly CancellationTokenSource clock;
    private readonly CancellationTokenSource either;

    public CallLimit(OutboundCall call, TimeProvider time, CancellationToken caller)
    {
        this.call = call;
        this.caller = caller;
        clock = new CancellationTokenSource(call.Timeout, time);
        either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, caller);
    }

    /// <summary>Cancelled when the time is up, or when the caller gives up.</summary>
    public CancellationToken Token => either.Token;

    /// <summary>Whether it is the time that is up.</summary>
    public bool IsOver => clock.IsCancellationRequested && !caller.IsCancellationRequested;

    public TimeoutException TimedOut(Exception cause) =>
        new($"{OutboundHttp.Show(call.Url)} did not answer in full within {call.Timeout.TotalSeconds:0.###} s.", cause);

    /// <summary>The body of the answer within the bounds.</summary>
    public Stream Bound(Stream body) => new AnswerStream(body, this);

    public void Dispose()
    {
        either.Dispose();
        clock.Dispose();
    }

    private DendriteException TooLong() =>
        new(
            ErrorReason.SourceFailed,
            $"{OutboundHttp.Show(call.Url)} answers with more than {call.MaxResponseBytes} bytes; ask for less at once."
        );

    private sealed class AnswerStream(Stream body, CallLimit limit)
        : BoundedStream(body, limit.call.MaxResponseBytes, limit.TooLong)
    {
        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            try
            {
                return await base.ReadAsync(buffer, limit.Token);
            }
            catch (OperationCanceledException late) when (limit.IsOver)
            {
                throw limit.TimedOut(late);
            }
        }
    }
}

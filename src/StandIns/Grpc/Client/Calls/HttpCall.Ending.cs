using Grpc.Core;

namespace Grpc.Net.Client;

internal abstract partial class HttpCall
{
    private const string CancelledDetail = "Call canceled by the client.";
    private const string DisposedDetail = "gRPC call disposed.";

    /// <summary>Whether whoever made the call has let go of it: what is started after that is a mistake.</summary>
    public bool IsDisposed { get; private set; }

    public void Dispose()
    {
        IsDisposed = true;
        End(new Outcome(new Status(StatusCode.Cancelled, DisposedDetail)));
    }

    public void Cancel() => End(new Outcome(new Status(StatusCode.Cancelled, CancelledDetail), isOwnDoing: true));

    /// <summary>
    /// The exception by which a failed operation of this call is reported; decides the outcome if it is open.
    /// </summary>
    public Exception Explain(Exception error)
    {
        var ended = Ended;
        if (ended is null)
        {
            End(OutcomeOf(error));
            ended = Ended!;
        }

        return ToException(ended);
    }

    public Exception ToException(Outcome ended) =>
        ended.ToException(Channel.Options.ThrowOperationCanceledOnCancellation, Options.CancellationToken);

    /// <summary>
    /// The outcome of a response whose body has been read to its end: what the server says, unless it says OK of a body
    /// with a <paramref name="flaw"/>.
    /// </summary>
    public Outcome EndWithTrailers(HttpResponseMessage complete, RpcException? flaw)
    {
        var said = ResponseStatus.FromTrailers(complete);
        End(said.IsOk && flaw is not null ? new Outcome(flaw.Status, complete) : said);
        return Ended!;
    }

    /// <summary>Decides the outcome unless it is decided, and lets go of everything.</summary>
    protected void End(Outcome candidate)
    {
        if (Interlocked.CompareExchange(ref outcome, candidate, comparand: null) is not null)
        {
            return;
        }

        // Unregistering would wait for a callback that runs now, and this may be that callback.
        registration.Unregister();
        deadlineRegistration.Unregister();
        Channel.ActiveCalls.Remove(this);
        ReleaseRequests();
        if (!candidate.IsFromServer)
        {
            source.Cancel();
        }

        response?.Dispose();
        if (activity is not null)
        {
            CallActivity.Stop(activity, candidate.Status);
        }

        if (Timeout is not null)
        {
            source.Dispose();
        }
    }

    /// <summary>The outcome that a failure is, if it is one.</summary>
    protected Outcome OutcomeOf(Exception error)
    {
        // Only End and the deadline fire the token, and End has decided by then. The deadline's own callback may be
        // later than the one that woke the failed operation.
        if (Token.IsCancellationRequested)
        {
            return DeadlinePassed(error);
        }

        var status = error switch
        {
            RpcException rpc => rpc.Status,
            OperationCanceledException => new Status(StatusCode.Cancelled, CancelledDetail, error),
            _ => TransportError.ToStatus(error),
        };

        // A server whose clock is ahead resets the stream a moment before our own timer.
        return
            status.StatusCode == StatusCode.Cancelled && RemainingTime(Channel.Time, Options.Deadline) <= TimeSpan.Zero
            ? DeadlinePassed(error)
            : new Outcome(status);
    }

    private void EndAtDeadline() => End(DeadlinePassed(cause: null));

    private static Outcome DeadlinePassed(Exception? cause) =>
        new(new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded", cause), isOwnDoing: true);
}

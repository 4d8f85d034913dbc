using Dendrite.Client.Appending;
using Dendrite.Client.Connection;
using Dendrite.Client.Spools;
using Dendrite.Errors;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Dendrite.Client.Gateways;

/// <summary>
/// Keeps a call open as long as there is something to send, and makes it anew, with growing pauses, as often as it
/// breaks. It never gives up because of the network.
/// </summary>
internal sealed class GatewaySender
{
    /// <summary>
    /// How often in a row, without progress, the service must call what was sent wrong before that is believed.
    /// </summary>
    private const int MaxDoubts = 5;

    private readonly DendriteConnection connection;
    private readonly GatewayOptions options;
    private readonly GatewayLink link;
    private readonly Outbox outbox;
    private readonly GatewayStatus status;
    private readonly ResiliencePipeline retry;
    private int doubts;
    private int acknowledgements;

    public GatewaySender(
        DendriteConnection connection,
        GatewayOptions options,
        GatewayLink link,
        Outbox outbox,
        GatewayStatus status
    )
    {
        this.connection = connection;
        this.options = options;
        this.link = link;
        this.outbox = outbox;
        this.status = status;
        retry = BuildRetry(connection.Options);
    }

    /// <summary>Whether the stream is finished when all is durable.</summary>
    public bool Finish { get; set; }

    /// <summary>Sends until everything that will ever be spooled is durable.</summary>
    /// <exception cref="DendriteException">A refusal that does not pass.</exception>
    public async Task<V1.AppendClosed> RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await outbox.WaitForWorkAsync(cancellation);
                if (await retry.ExecuteAsync(async token => await RunCallAsync(token), cancellation) is { } closed)
                {
                    status.Become(GatewayState.Completed);
                    return closed;
                }
            }
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            var explained = RetryRules.Explain(failure);
            status.Become(GatewayState.Failed);
            status.Raise(at =>
                SendFailure.KindOf(failure) == SendFailureKind.Fenced
                    ? new Fenced(at, (DendriteException)explained)
                    : new Failed(at, explained)
            );
            throw explained;
        }
    }

    /// <summary>One call from open to its end; what it answered when that was the last one.</summary>
    private async Task<V1.AppendClosed?> RunCallAsync(CancellationToken cancellation)
    {
        var before = acknowledgements;
        using var watch = new CallWatch(outbox, options.AcknowledgementTimeout, connection.Options.Time, cancellation);
        try
        {
            using var call = await link.OpenAsync(Finish, watch.Token);
            if (link.FinishedBefore is { } done)
            {
                return done;
            }

            var closed = await call!.RunAsync(outbox, ToClose, OnAcked, watch.Token);
            return outbox.AllSent ? Confirm(closed) : null;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            var cause = watch.Explain(failure);
            var progresses = acknowledgements > before || SetAside(cause);
            OnBroken(cause);
            if (progresses)
            {
                doubts = 0;
                if (SendFailure.KindOf(cause) is SendFailureKind.Passing or SendFailureKind.Doubtful)
                {
                    // Progress: the next call begins without a pause.
                    return null;
                }
            }

            throw cause == failure ? Rethrow(failure) : cause;
        }
        finally
        {
            outbox.Release();
        }
    }

    /// <summary>Where all was sent, with where it ends: nothing is finished of which a part is missing.</summary>
    private V1.AppendClose ToClose()
    {
        var close = new V1.AppendClose { Finish = Finish && outbox.AllSent };
        if (outbox is { AllSent: true, SentThrough: { } end })
        {
            close.EndSample = end;
        }

        return close;
    }

    /// <summary>The last word of a call covers what its last acknowledgement did not.</summary>
    private V1.AppendClosed Confirm(V1.AppendClosed closed)
    {
        outbox.Acknowledge(int.MaxValue, closed.ThroughSample);
        if (outbox.SentThrough is { } sent && sent != closed.ThroughSample)
        {
            throw SendQueue.Contradiction(sent, closed.ThroughSample);
        }

        link.OnDurable(closed.ThroughSample, Math.Max(closed.Version, status.Progress.Version));
        return closed;
    }

    private static Exception Rethrow(Exception failure)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return failure;
    }

    /// <summary>
    /// An event that is believed to be at fault does not keep back the samples behind it. What the service had received
    /// before it is acknowledged, so it is the oldest that is on its way.
    /// </summary>
    private bool SetAside(Exception cause)
    {
        if (doubts + 1 < MaxDoubts || !SendFailure.IsOfEvent(cause) || outbox.SetAside() is not [_, ..] refused)
        {
            return false;
        }

        status.Raise(at => new SetAside(
            at,
            [.. refused.SelectMany(message => message.Annotations?.Annotations ?? [])],
            [.. refused.SelectMany(message => message.TimeAnchors?.Anchors ?? [])],
            (DendriteException)RetryRules.Explain(cause)
        ));
        return true;
    }

    private void OnAcked(V1.AppendAcked acked)
    {
        acknowledgements++;
        // Here and not where a call breaks: one that ends well is progress too.
        doubts = 0;
        link.OnDurable(acked.ThroughSample, acked.Version);
    }

    private void OnBroken(Exception failure)
    {
        var kind = SendFailure.KindOf(failure);
        if (kind == SendFailureKind.Refused)
        {
            status.Raise(at => new Refused(at, (DendriteException)RetryRules.Explain(failure)));
        }
        else if (kind is SendFailureKind.Passing or SendFailureKind.Doubtful && failure is not BrokenCircuitException)
        {
            status.Raise(at => new Disconnected(at, RetryRules.Explain(failure).Message));
        }

        link.OnBroken();
    }

    /// <summary>Whether a call that failed is made again.</summary>
    private bool MayGoOn(Exception failure) =>
        SendFailure.KindOf(failure) switch
        {
            SendFailureKind.Passing or SendFailureKind.Refused => true,
            SendFailureKind.Doubtful => ++doubts < MaxDoubts,
            _ => false,
        };

    private ResiliencePipeline BuildRetry(ConnectionOptions options) =>
        new ResiliencePipelineBuilder { TimeProvider = options.Time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = arguments =>
                        ValueTask.FromResult(arguments.Outcome.Exception is { } failure && MayGoOn(failure)),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.Retry.FirstDelay,
                    MaxDelay = options.Retry.MaxDelay,
                    MaxRetryAttempts = int.MaxValue,
                    DelayGenerator = arguments => ValueTask.FromResult(DelayAfter(arguments.Outcome.Exception)),
                }
            )
            .Build();

    /// <summary>Null: as the backoff says. An open circuit says itself when it may be tried.</summary>
    private TimeSpan? DelayAfter(Exception? failure) =>
        failure is BrokenCircuitException { RetryAfter: { } pause } ? pause
        : failure is not null && SendFailure.KindOf(failure) == SendFailureKind.Refused
            ? connection.Options.Retry.MaxDelay
        : null;
}

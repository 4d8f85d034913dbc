using System.Diagnostics;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>
/// One call, carried by one HTTP request: how it starts, what it ended with, and that it ends once. Whatever comes first
/// (a status from the server, a broken transport, the deadline, a token, Dispose) decides the outcome; everything still
/// under way is then woken and reports that outcome. Thread-safe.
/// </summary>
internal abstract class HttpCall : IDisposable
{
    private const string CancelledDetail = "Call canceled by the client.";
    private const string DisposedDetail = "gRPC call disposed.";

    /// <summary>Longer deadlines than a timer can wait for are left to the server.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private readonly CancellationTokenSource source;
    private readonly CancellationTokenRegistration registration;
    private readonly CancellationTokenRegistration deadlineRegistration;
    private Outcome? outcome;
    private HttpResponseMessage? response;
    private Task<Metadata>? responseHeaders;
    private Activity? activity;

    protected HttpCall(GrpcChannel channel, IMethod method, CallOptions options)
    {
        Channel = channel;
        Method = method;
        Options = options;
        Timeout = RemainingTime(channel.Time, options.Deadline);
        channel.ActiveCalls.Add(this);
        source =
            Timeout is { } timeout && timeout > TimeSpan.Zero && timeout < LongestTimer
                ? new CancellationTokenSource(timeout, channel.Time)
                : new CancellationTokenSource();
        Token = source.Token;
        if (Timeout <= TimeSpan.Zero)
        {
            EndAtDeadline();
            return;
        }

        if (Timeout is not null)
        {
            deadlineRegistration = Token.UnsafeRegister(static call => ((HttpCall)call!).EndAtDeadline(), this);
        }

        registration = options.CancellationToken.UnsafeRegister(static call => ((HttpCall)call!).Cancel(), this);
        if (Ended is not null)
        {
            registration.Unregister();
        }
    }

    /// <summary>Neighbours among the channel's <see cref="ActiveCalls"/>, which alone uses them.</summary>
    internal HttpCall? Next { get; set; }

    internal HttpCall? Previous { get; set; }

    internal bool IsListed { get; set; }

    public GrpcChannel Channel { get; }

    public IMethod Method { get; }

    public CallOptions Options { get; }

    /// <summary>How long the server may take, counted from the start; null for ever.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>Fires when the outcome is decided before the transport has ended by itself.</summary>
    public CancellationToken Token { get; }

    /// <summary>The compression of requests, or null.</summary>
    public string? RequestEncoding { get; set; }

    /// <summary>The outcome, or null while the call is under way.</summary>
    public Outcome? Ended => Volatile.Read(ref outcome);

    public Task<Metadata> ResponseHeadersAsync => responseHeaders ??= ReadHeadersAsync();

    /// <summary>The response once its headers are there; fails with the call's exception.</summary>
    protected Task<HttpResponseMessage> Sending { get; private set; } = null!;

    public Status GetStatus() =>
        Ended?.Status
        ?? throw new InvalidOperationException("Unable to get the status because the call is not complete.");

    public Metadata GetTrailers() =>
        Ended?.Trailers
        ?? throw new InvalidOperationException(
            "Can't get the call trailers because the call has not completed successfully."
        );

    public void Dispose() => End(new Outcome(new Status(StatusCode.Cancelled, DisposedDetail)));

    public void Cancel() => End(new Outcome(new Status(StatusCode.Cancelled, CancelledDetail), isOwnDoing: true));

    /// <summary>The exception by which a failed operation of this call is reported; decides the outcome if it is open.</summary>
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

    protected void Start(HttpContent content) => Sending = SendAsync(content);

    /// <summary>Wakes whatever waits on the request side.</summary>
    protected virtual void ReleaseRequests() { }

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

    private static TimeSpan? RemainingTime(TimeProvider time, DateTime? deadline)
    {
        if (deadline is not { } instant || instant == DateTime.MaxValue)
        {
            return null;
        }

        if (instant.Kind != DateTimeKind.Utc && instant != DateTime.MinValue)
        {
            throw new InvalidOperationException("Deadline must have a kind DateTimeKind.Utc.");
        }

        return instant - time.GetUtcNow().UtcDateTime;
    }

    private Outcome OutcomeOf(Exception error)
    {
        // Only End and the deadline fire the token, and End has decided by then. The deadline's own callback may be later
        // than the one that woke the failed operation.
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

    private async Task<HttpResponseMessage> SendAsync(HttpContent content)
    {
        try
        {
            activity = CallActivity.Start(Method);
            var request = RequestHead.Create(this, content);
            if (Options.Credentials is not null || Channel.CallCredentials.Count > 0)
            {
                await RequestHead.AddCredentialsAsync(this, request);
            }

            Token.ThrowIfCancellationRequested();
            var answer = await Channel.SendAsync(request, Token);
            Hold(answer);
            if (ResponseStatus.FromHeaders(answer) is { } failure)
            {
                End(failure);
            }

            return answer;
        }
        catch (Exception error)
        {
            throw Explain(error);
        }
    }

    /// <summary>Keeps the response for the end of the call, which may have come already.</summary>
    private void Hold(HttpResponseMessage answer)
    {
        Interlocked.Exchange(ref response, answer);
        if (Ended is { } ended)
        {
            answer.Dispose();
            throw ToException(ended);
        }
    }

    private async Task<Metadata> ReadHeadersAsync() => ResponseStatus.ReadMetadata((await Sending).Headers);
}

using System.Diagnostics;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>
/// One call, carried by one HTTP request: how it starts, what it ended with, and that it ends once. Whatever comes
/// first (a status from the server, a broken transport, the deadline, a token, Dispose) decides the outcome; everything
/// still under way is then woken and reports that outcome. Thread-safe.
/// </summary>
internal abstract partial class HttpCall : IDisposable
{
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

    protected void Start(HttpContent content) => Sending = SendAsync(content);

    /// <summary>Wakes whatever waits on the request side.</summary>
    protected virtual void ReleaseRequests() { }

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

    private async Task<HttpResponseMessage> SendAsync(HttpContent content)
    {
        try
        {
            activity = Ended is null ? CallActivity.Start(Method) : null;
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

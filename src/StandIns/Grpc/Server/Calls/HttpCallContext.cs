using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server;

/// <summary>One call, carried by one HTTP request.</summary>
internal sealed class HttpCallContext : ServerCallContext
{
    private readonly CallServer server;
    private Metadata? requestHeaders;
    private Metadata? responseTrailers;
    private Status status = Status.DefaultSuccess;

    public HttpCallContext(HttpContext context, CallServer server)
    {
        HttpContext = context;
        this.server = server;
        Deadline = CallDeadline.Start(this, server);
        ResponseEncoding = ChooseEncoding();
        if (ResponseEncoding is not null)
        {
            context.Response.Headers[WireNames.Encoding] = ResponseEncoding;
        }
    }

    public HttpContext HttpContext { get; }

    public ServiceSettings Settings => server.Settings;

    public CallServer Server => server;

    /// <summary>The deadline, or null if the client waits for ever.</summary>
    public new CallDeadline? Deadline { get; }

    /// <summary>How responses may be compressed, or null.</summary>
    public string? ResponseEncoding { get; private set; }

    /// <summary>Whether the next response is compressed.</summary>
    public bool CompressesNext =>
        ResponseEncoding is not null
        && ResponseEncoding != WireNames.Identity
        && (WriteOptionsCore?.Flags & WriteFlags.NoCompress) is not WriteFlags.NoCompress;

    protected override string MethodCore => HttpContext.Request.Path.Value!;

    protected override string HostCore => HttpContext.Request.Host.Value!;

    protected override string PeerCore => field ??= RequestFacts.DescribePeer(HttpContext.Connection);

    protected override DateTime DeadlineCore => Deadline?.Instant ?? DateTime.MaxValue;

    protected override CancellationToken CancellationTokenCore => Deadline?.Token ?? HttpContext.RequestAborted;

    protected override Metadata RequestHeadersCore =>
        requestHeaders ??= RequestFacts.ReadMetadata(HttpContext.Request.Headers);

    protected override Metadata ResponseTrailersCore => responseTrailers ??= [];

    protected override Status StatusCore
    {
        get => status;
        set => status = value;
    }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => field ??= PeerCertificate.Describe(HttpContext.Connection);

    protected override IDictionary<object, object> UserStateCore => HttpContext.Items!;

    /// <summary>Sends what the call ended with, unless the deadline has done so.</summary>
    public Task EndAsync()
    {
        if (Deadline is null || Deadline.TryEnd())
        {
            ResponseTail.WriteStatus(HttpContext.Response, status, responseTrailers);
            return Task.CompletedTask;
        }

        return Deadline.Completion;
    }

    /// <summary>Turns what a handler threw into a status, logs it and ends the call.</summary>
    public Task FailAsync(Exception error, IMethod method)
    {
        if (error is RpcException chosen)
        {
            server.Logger.StatusRaised(chosen.StatusCode, chosen.Status.Detail, chosen.Status.DebugException);
            foreach (var entry in chosen.Trailers)
            {
                ResponseTrailersCore.Add(entry);
            }

            status = chosen.Status;
            return EndAsync();
        }

        // A call that the client has left ends so; only what happens in a call that goes on is an error of ours.
        var isDeparture = error is OperationCanceledException or IOException or CallAbandonedException;
        if (isDeparture && CancellationTokenCore.IsCancellationRequested)
        {
            server.Logger.ServiceMethodCanceled(method.Name, error);
        }
        else
        {
            server.Logger.ErrorExecutingServiceMethod(method.Name, error);
        }

        var detail = "Exception was thrown by handler.";
        if (Settings.EnableDetailedErrors)
        {
            detail = $"{detail} {DescribeChain(error)}";
        }

        status = new Status(StatusCode.Unknown, detail, error);
        return EndAsync();
    }

    /// <summary>Sends the response from the deadline's timer; nothing else writes any more.</summary>
    public async Task EndAtDeadlineAsync()
    {
        var exceeded = new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded");
        ResponseTail.WriteStatus(HttpContext.Response, exceeded, responseTrailers);
        await HttpContext.Response.CompleteAsync();
        CallReset.Cancel(HttpContext);
    }

    /// <summary>Ends the call at once, as a client that resets its stream would.</summary>
    public void Cancel() => CallReset.Cancel(HttpContext);

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        var response = HttpContext.Response;
        if (response.HasStarted)
        {
            throw new InvalidOperationException("Response headers can only be sent once per call.");
        }

        if (responseHeaders.GetValue(WireNames.EncodingRequest) is { } encoding)
        {
            ResponseEncoding = encoding;
            response.Headers[WireNames.Encoding] = encoding;
        }

        ResponseTail.Append(response.Headers, responseHeaders);
        await response.BodyWriter.FlushAsync();
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotImplementedException(
            "Context propagation is not supported: pass Deadline and CancellationToken to the call instead."
        );

    private static string DescribeChain(Exception error) =>
        error.InnerException is null
            ? $"{error.GetType().Name}: {error.Message}"
            : $"{error.GetType().Name}: {error.Message} {DescribeChain(error.InnerException)}";

    private string? ChooseEncoding()
    {
        var encoding = Settings.ResponseEncoding;
        return
            encoding is null or WireNames.Identity
            || !RequestFacts.AcceptsEncoding(HttpContext.Request.Headers[WireNames.AcceptEncoding], encoding)
            ? null
            : encoding;
    }
}

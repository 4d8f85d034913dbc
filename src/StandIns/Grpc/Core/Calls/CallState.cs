namespace Grpc.Core;

/// <summary>
/// The four questions that every call object answers, asked of one state object so that a call costs no closures.
/// </summary>
internal readonly struct CallState(
    object state,
    Func<object, Task<Metadata>> responseHeaders,
    Func<object, Status> getStatus,
    Func<object, Metadata> getTrailers,
    Action<object> dispose
)
{
    public Task<Metadata> ResponseHeadersAsync => responseHeaders(state);

    public Status GetStatus() => getStatus(state);

    public Metadata GetTrailers() => getTrailers(state);

    public void Dispose() => dispose(state);

    /// <summary>The same over separate delegates, as interceptors pass them.</summary>
    public static CallState From(
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction
    ) =>
        new(
            new Delegates(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction),
            static state => ((Delegates)state).Headers,
            static state => ((Delegates)state).Status(),
            static state => ((Delegates)state).Trailers(),
            static state => ((Delegates)state).Dispose()
        );

    private sealed record Delegates(
        Task<Metadata> Headers,
        Func<Status> Status,
        Func<Metadata> Trailers,
        Action Dispose
    );
}

using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>What a call ended with. Immutable.</summary>
internal sealed class Outcome
{
    private readonly HttpResponseMessage? complete;
    private readonly bool isOwnDoing;

    /// <summary>An end that came from this side, or from a broken transport.</summary>
    public Outcome(Status status, bool isOwnDoing = false)
    {
        Status = status;
        this.isOwnDoing = isOwnDoing;
    }

    /// <summary>An end that the server sent; the trailers are read only when someone asks.</summary>
    public Outcome(Status status, HttpResponseMessage complete)
    {
        Status = status;
        this.complete = complete;
    }

    public Status Status { get; }

    /// <summary>Whether the exchange is complete, so that nothing need be cancelled.</summary>
    public bool IsFromServer => complete is not null;

    public bool IsOk => Status.StatusCode == StatusCode.OK;

    public Metadata Trailers => field ??= complete is null ? Metadata.Empty : ResponseStatus.ReadTrailers(complete);

    public Exception ToException(bool throwCanceled, CancellationToken token) =>
        throwCanceled && isOwnDoing
            ? new OperationCanceledException(Status.Detail, Status.DebugException, token)
            : new RpcException(Status, Trailers);
}

namespace Grpc.Core;

/// <summary>
/// A call that ended with a status other than OK: thrown by clients, and by handlers to choose a status.
/// </summary>
public class RpcException : Exception
{
    /// <summary>A failure with this status and no trailers.</summary>
    public RpcException(Status status)
        : this(status, Metadata.Empty, status.ToString()) { }

    /// <summary>
    /// A failure whose local <paramref name="message"/> differs from the status; the message is not sent.
    /// </summary>
    public RpcException(Status status, string message)
        : this(status, Metadata.Empty, message) { }

    /// <summary>A failure with trailers, such as <c>grpc-status-details-bin</c>.</summary>
    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString()) { }

    /// <summary>A failure with trailers and a local message, which is not sent.</summary>
    public RpcException(Status status, Metadata trailers, string message)
        : base(message, status.DebugException)
    {
        ArgumentNullException.ThrowIfNull(trailers);
        Status = status;
        Trailers = trailers;
    }

    /// <summary>The status of the call.</summary>
    public Status Status { get; }

    /// <summary>The code of <see cref="Status"/>.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>The trailers that came, or that the handler sends, with the status.</summary>
    public Metadata Trailers { get; }
}

namespace Grpc.Core;

/// <summary>Messages sent one after the other. One write at a time.</summary>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>How the next messages are written; null for the call's own choice.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>
    /// Sends a message; completes once the transport has taken it, which is how slow peers push back.
    /// </summary>
    Task WriteAsync(T message);

    /// <summary>Sends a message unless <paramref name="cancellationToken"/> fires, which ends the whole call.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled
            ? throw new NotSupportedException("This writer cannot cancel a write.")
            : WriteAsync(message);
}

/// <summary>The client's side of a stream of requests.</summary>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Says that no further request follows.</summary>
    Task CompleteAsync();
}

/// <summary>The server's side of a stream of responses; it ends when the handler returns.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;

namespace Grpc.Core;

/// <summary>Messages arriving one after the other. One read at a time.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last <see cref="MoveNext"/> brought.</summary>
    T Current { get; }

    /// <summary>Waits for the next message; false once the peer has sent its last.</summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

using Grpc.Core;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>
/// Writes to one reader until this replica is told to stop, which is looked at between messages and not within one: a
/// write whose own token fires resets the call, and the reader would not hear why. One that waits for its reader ends
/// when the reader reads on, or with the time that the replica has for stopping.
/// </summary>
internal sealed class TailWriter(
    IServerStreamWriter<V1.TailResponse> responses,
    CancellationToken callEnded,
    CancellationToken draining
)
{
    /// <exception cref="OperationCanceledException">The client left, or this replica stops.</exception>
    public Task WriteAsync(V1.TailResponse response)
    {
        draining.ThrowIfCancellationRequested();
        return responses.WriteAsync(response, callEnded);
    }
}

namespace Grpc.Net.Client;

/// <summary>
/// The calls under way on a channel, linked through themselves so that a call costs no node. Thread-safe.
/// </summary>
internal sealed class ActiveCalls
{
    private readonly Lock gate = new();
    private HttpCall? first;

    public bool IsClosed { get; private set; }

    /// <exception cref="ObjectDisposedException">The channel is disposed.</exception>
    public void Add(HttpCall call)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(IsClosed, typeof(GrpcChannel));
            call.Next = first;
            if (first is not null)
            {
                first.Previous = call;
            }

            first = call;
            call.IsListed = true;
        }
    }

    public void Remove(HttpCall call)
    {
        lock (gate)
        {
            if (!call.IsListed)
            {
                return;
            }

            call.IsListed = false;
            if (call.Next is not null)
            {
                call.Next.Previous = call.Previous;
            }

            if (call.Previous is not null)
            {
                call.Previous.Next = call.Next;
            }
            else
            {
                first = call.Next;
            }

            call.Next = call.Previous = null;
        }
    }

    /// <summary>Takes no further call, and disposes those there are.</summary>
    public void Close()
    {
        lock (gate)
        {
            IsClosed = true;
        }

        while (first is { } call)
        {
            call.Dispose();
            Remove(call);
        }
    }
}

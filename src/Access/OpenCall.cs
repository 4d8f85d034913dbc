using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.Access;

/// <summary>A call that goes on while its key may cease to be good. Thread-safe.</summary>
/// <param name="authorization">What it was made with.</param>
/// <param name="caller">Who that was when it was made.</param>
internal sealed class OpenCall(string authorization, Caller caller, ServerCallContext call, OpenCalls calls)
    : IDisposable
{
    // Never disposed: it has no timer, and a look at the key may still end a call that is over.
    private readonly CancellationTokenSource ended = new();
    private readonly Lock gate = new();
    private CancellationTokenRegistration registration;
    private bool isOver;
    private DendriteException? refusal;

    public string Authorization => authorization;

    public Caller Caller => caller;

    /// <summary>Why its handler is to end; null while it may go on.</summary>
    public DendriteException? Refusal => Volatile.Read(ref refusal);

    /// <summary>Cancelled when the call has ended, or its handler is to end it.</summary>
    public CancellationToken Token => ended.Token;

    /// <summary>Of the call itself, as the server has it.</summary>
    public CancellationToken CallToken => call.CancellationToken;

    /// <summary>Whether what its handler threw is told as the refusal: a client that left is told nothing.</summary>
    public bool IsRefused => Refusal is not null && !CallToken.IsCancellationRequested;

    public void Begin() =>
        registration = CallToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), ended);

    /// <summary>Has the handler end: what it does then it does as for a client that leaves.</summary>
    public void Refuse(DendriteException reason)
    {
        Volatile.Write(ref refusal, reason);
        // On another thread: what handlers do then is not this one's business.
        _ = ended.CancelAsync();
    }

    /// <summary>Ends it without a word, where the handler waits for a client that takes nothing.</summary>
    /// <returns>False: it was over.</returns>
    public bool Abort()
    {
        lock (gate)
        {
            // The server uses a request that is over again, for another call.
            if (isOver)
                return false;
            call.GetHttpContext().Abort();
            return true;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isOver = true;
        }

        calls.Remove(this);
        registration.Dispose();
    }
}

using System.Collections.Concurrent;
using Dendrite.Storage;

namespace Dendrite.Operations;

/// <summary>
/// What the calls of this replica tell its workers, so that they need not wait for their next look at the database.
/// Losing a signal costs time only. Thread-safe.
/// </summary>
public sealed class OperationSignals : IDisposable
{
    private readonly SemaphoreSlim work = new(0);
    private readonly ConcurrentDictionary<(ProjectId, string), Action> stops = new();

    /// <summary>There is work.</summary>
    public void TellWork() => work.Release();

    /// <summary>Until there is work, or the time is over.</summary>
    public Task WaitForWorkAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        work.WaitAsync(atMost, cancellationToken);

    /// <summary>An operation was asked to stop.</summary>
    public void TellStop(ProjectId project, string operation) =>
        stops.GetValueOrDefault((project, operation))?.Invoke();

    /// <summary>Hears of requests to stop until disposed.</summary>
    internal IDisposable Listen(ProjectId project, string operation, Action stop)
    {
        stops[(project, operation)] = stop;
        return new Listening(() => stops.TryRemove(new((project, operation), stop)));
    }

    public void Dispose() => work.Dispose();

    private sealed class Listening(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

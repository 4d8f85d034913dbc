using System.Collections.Concurrent;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Runs;

/// <summary>
/// The runs that this replica works on. Looked after together, so that many runs cost two round trips and not two each:
/// what they said is written, and those that must stop are told. Thread-safe.
/// </summary>
internal sealed class ActiveRuns(RunLeaseStore leases)
{
    private readonly ConcurrentDictionary<(Guid Run, long Token), ActiveRun> active = new();
    private int resting;

    public int Count => active.Count;

    /// <summary>How many of them only wait for something outside.</summary>
    public int Resting => Volatile.Read(ref resting);

    /// <param name="maxResting">Runs that may rest here at once; one more is told to give way.</param>
    public ActiveRun Add(RunRecord run, RunJournal journal, int maxResting)
    {
        var added = new ActiveRun(run, journal, change => Interlocked.Add(ref resting, change) <= maxResting);
        active[(run.Id, run.FencingToken)] = added;
        return added;
    }

    public void Remove(ActiveRun run) => active.TryRemove((run.Run.Id, run.Run.FencingToken), out _);

    /// <summary>Writes what was said and tells those to stop that a caller or another replica stopped.</summary>
    public async Task TendAsync(CancellationToken cancellationToken)
    {
        var all = active.Values.ToList();
        if (all.Count == 0)
            return;
        foreach (var run in all)
            await run.Journal.FlushAsync(cancellationToken);
        // Of a run that this replica lost and took again it has two: the older one is to stop whatever is said.
        var newest = all.GroupBy(run => run.Run.Id)
            .Select(same => same.MaxBy(run => run.Run.FencingToken)!)
            .ToHashSet();
        var stopped = await leases.ListStoppedAsync([.. newest.Select(run => run.Run)], cancellationToken);
        foreach (var run in all.Where(run => !newest.Contains(run) || stopped.Contains(run.Run.Id)))
            await run.StopAsync();
    }
}

/// <summary>A run that goes on here.</summary>
/// <param name="count">
/// Is told of a rest that begins, by 1, and of one that ends, by -1; says whether there is a place to rest.
/// </param>
internal sealed class ActiveRun(RunRecord run, RunJournal journal, Func<int, bool> count) : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource crowded = new();

    public RunRecord Run => run;

    public RunJournal Journal => journal;

    /// <summary>Cancelled when it must stop: a caller said so, or it is another's by now.</summary>
    public CancellationToken Stopped => stop.Token;

    /// <summary>Cancelled when it began to rest and found no place: the run is to be given back.</summary>
    public CancellationToken Crowded => crowded.Token;

    public async Task StopAsync()
    {
        try
        {
            await stop.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself just now.
        }
    }

    public IDisposable Rest()
    {
        var rest = new Resting(count);
        try
        {
            if (!rest.HasPlace)
                crowded.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Its attempt was ended without it; the caller still ends the rest.
        }

        return rest;
    }

    public void Dispose()
    {
        stop.Dispose();
        crowded.Dispose();
    }

    private sealed class Resting : IDisposable
    {
        private Func<int, bool>? count;

        public Resting(Func<int, bool> count)
        {
            this.count = count;
            HasPlace = count(1);
        }

        public bool HasPlace { get; }

        public void Dispose() => Interlocked.Exchange(ref count, null)?.Invoke(-1);
    }
}

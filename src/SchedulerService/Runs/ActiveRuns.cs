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

    public int Count => active.Count;

    public ActiveRun Add(RunRecord run, RunJournal journal)
    {
        var added = new ActiveRun(run, journal);
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
        var stopped = await leases.ListStoppedAsync([.. all.Select(run => run.Run)], cancellationToken);
        foreach (var run in all.Where(run => stopped.Contains(run.Run.Id)))
            await run.StopAsync();
    }
}

/// <summary>A run that goes on here.</summary>
internal sealed class ActiveRun(RunRecord run, RunJournal journal) : IDisposable
{
    private readonly CancellationTokenSource stop = new();

    public RunRecord Run => run;

    public RunJournal Journal => journal;

    /// <summary>Cancelled when it must stop: a caller said so, or it is another's by now.</summary>
    public CancellationToken Stopped => stop.Token;

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

    public void Dispose() => stop.Dispose();
}

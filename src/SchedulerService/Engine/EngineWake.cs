using Quartz;

namespace Dendrite.SchedulerService.Engine;

/// <summary>
/// The clock that wakes some replica when something is due: one trigger of Quartz, clustered, moved to the next time.
/// Whoever it wakes looks at the tables, so a wake too many does no harm, and one too few is made up for by the next
/// look round.
/// </summary>
internal sealed class EngineWake(ISchedulerFactory quartz, TimeProvider time)
{
    private static readonly JobKey Job = new("wake", "engine");
    private static readonly TriggerKey Trigger = new("wake", "engine");

    private readonly SemaphoreSlim nudges = new(0, 1);
    private DateTimeOffset? set;

    /// <summary>Has the engine look now.</summary>
    public void Nudge()
    {
        try
        {
            nudges.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to look.
        }
    }

    /// <summary>Until somebody nudges, or at most so long.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await nudges.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody did.
        }
    }

    /// <summary>
    /// Sets the clock; no round trip where it is set so already. It is not cancelled half-way: Quartz takes that for a
    /// failure of its database.
    /// </summary>
    public async Task SetAsync(DateTimeOffset next)
    {
        if (set == next)
            return;
        var scheduler = await quartz.GetScheduler(CancellationToken.None);
        var job = JobBuilder.Create<WakeJob>().WithIdentity(Job).StoreDurably().Build();
        await scheduler.AddJob(job, AddJobOptions.Replacing, CancellationToken.None);
        var trigger = TriggerBuilder.Create(time).WithIdentity(Trigger).ForJob(Job).StartAt(next).Build();
        await scheduler.ScheduleTrigger(trigger, TriggerConflict.Replace, CancellationToken.None);
        set = next;
    }

    /// <summary>What Quartz calls when the clock strikes.</summary>
    internal sealed class WakeJob(EngineWake wake) : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            wake.Nudge();
            return ValueTask.CompletedTask;
        }
    }
}

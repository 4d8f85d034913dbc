using Dendrite.SchedulerService.Tests.Retention;
using Dendrite.Storage.Scheduling;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>
/// Drives several replicas through simulated time: their clocks and the database's go on together from one wake of the
/// engine to the next, and replicas die, sleep and come back by a seed.
/// </summary>
internal sealed class MonthDriver(RetentionLab lab, SourcePlan sources, Random random) : IAsyncDisposable
{
    private const int Replicas = 3;
    private const int MaxPoints = 40;
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly List<Replica> replicas = [.. Enumerable.Range(0, Replicas).Select(_ => new Replica(lab, sources))];
    private readonly List<(Replica Replica, DateTimeOffset Until, bool IsKilled)> dead = [];

    /// <summary>How many replicas died for good, and how many were only paused.</summary>
    public (int Killed, int Paused) Deaths { get; private set; }

    public IServiceProvider Services => replicas[0].Services;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>All that is due before an instant is done; then it is that instant.</summary>
    public async Task AdvanceToAsync(DateTimeOffset instant)
    {
        while (await NextWakeAsync() is { } next && next < instant)
        {
            await SetAsync(next > lab.Now ? next : lab.Now + Moment);
            if (lab.Now >= instant)
                return;
            await SettleAsync();
        }

        await SetAsync(instant);
        await WakeAsync();
    }

    /// <summary>All that is due now is done, but by those that die over it.</summary>
    public async Task SettleAsync()
    {
        var didSomething = true;
        while (didSomething && await NextWakeAsync() <= lab.Now)
        {
            didSomething = false;
            foreach (var replica in replicas.OrderBy(_ => random.Next()).ToList())
            {
                didSomething |= await replica.Engine.StepAsync(Token);
                await replica.SettleAsync();
            }

            Bury();
        }
    }

    /// <summary>One of the replicas dies some time soon, in the midst of whatever it will be doing.</summary>
    public void Arm()
    {
        if (replicas.Count > 1 && !replicas.Exists(replica => replica.Mortality.IsArmed))
            replicas[random.Next(replicas.Count)].Mortality.Arm(random.Next(1, MaxPoints));
    }

    /// <summary>Whoever sleeps wakes and goes on, also those that were taken for dead.</summary>
    public async Task WakeAllAsync()
    {
        foreach (var (replica, _, _) in dead)
            await WakeAsync(replica);
        dead.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await WakeAllAsync();
        foreach (var replica in replicas)
            await replica.DisposeAsync();
    }

    private Task<DateTimeOffset?> NextWakeAsync() => Services.GetRequiredService<RunLeaseStore>().NextWakeAsync(Token);

    private async Task SetAsync(DateTimeOffset instant)
    {
        await lab.SetAsync(instant);
        foreach (var replica in replicas)
            replica.Set(instant);
    }

    private void Bury()
    {
        foreach (var replica in replicas.Where(replica => replica.Mortality.IsDead).ToList())
        {
            replicas.Remove(replica);
            var isKilled = random.Next(2) == 0;
            dead.Add((replica, lab.Now.AddHours(random.Next(1, 30)), isKilled));
            Deaths = isKilled ? (Deaths.Killed + 1, Deaths.Paused) : (Deaths.Killed, Deaths.Paused + 1);
        }
    }

    /// <summary>Those whose pause is over come back; for the killed ones another is started.</summary>
    private async Task WakeAsync()
    {
        foreach (var over in dead.Where(one => one.Until <= lab.Now && !one.IsKilled).ToList())
        {
            dead.Remove(over);
            await WakeAsync(over.Replica);
        }

        while (replicas.Count + dead.Count(one => !one.IsKilled) < Replicas)
        {
            var fresh = new Replica(lab, sources);
            fresh.Set(lab.Now);
            replicas.Add(fresh);
        }
    }

    /// <summary>It goes on where it stood, by a clock that has jumped; nothing of that may count any more.</summary>
    private async Task WakeAsync(Replica replica)
    {
        replica.Set(lab.Now);
        replica.Mortality.Wake();
        replicas.Add(replica);
        await replica.SettleAsync();
    }
}

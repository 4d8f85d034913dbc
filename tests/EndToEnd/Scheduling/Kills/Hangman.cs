namespace Dendrite.EndToEnd.Scheduling.Kills;

/// <summary>Kills whichever replicas work on something, in the midst of it, and starts them again.</summary>
internal sealed class Hangman(NightShift night)
{
    private readonly Dictionary<PlatformService, Task> starts = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Kills by a plan; each kill comes while the work goes on. At the end every replica is back.</summary>
    /// <param name="steps">How much is done so far.</param>
    /// <param name="workers">
    /// SQL for who works on it now, as <c>machine/process</c>, the most important first; nobody once it has ended.
    /// </param>
    /// <returns>How many processes were killed.</returns>
    public async Task<int> KillAsync(IEnumerable<Kill> kills, Func<Task<long>> steps, string workers)
    {
        var (done, killed) = (0L, 0);
        foreach (var kill in kills)
        {
            var goal = done + kill.AfterSteps;
            await NightShift.UntilAsync(async () => (done = await steps()) >= goal);
            await Task.Delay(kill.Pause, Token);
            var victims = await FindAsync(workers);
            if (!kill.TakesAll)
                victims = [victims[0]];
            Say($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} killing {victims.Count} after {done} steps");
            await CrashAsync(victims);
            killed += victims.Count;
        }

        await Task.WhenAll(starts.Values);
        return killed;
    }

    /// <summary>They are back some time later: another one goes on meanwhile.</summary>
    private async Task CrashAsync(IReadOnlyList<PlatformService> victims)
    {
        await Task.WhenAll(victims.Select(victim => starts.GetValueOrDefault(victim, Task.CompletedTask)));
        await Task.WhenAll(victims.Select(victim => victim.KillAsync()));
        foreach (var victim in victims)
            starts[victim] = victim.StartAsync();
    }

    /// <summary>The replicas that work on it; one that died and was not yet taken over from is none.</summary>
    private async Task<IReadOnlyList<PlatformService>> FindAsync(string workers)
    {
        IReadOnlyList<PlatformService> found = [];
        await NightShift.UntilAsync(async () =>
        {
            var names = await night.ListAsync(workers);
            Assert.True(names.Count > 0, "The work ended before the last kill: give it more to do.");
            found =
            [
                .. names
                    .Distinct()
                    .SelectMany(name =>
                        night.Schedulers.Where(replica =>
                            name.EndsWith($"/{replica.ProcessId}", StringComparison.Ordinal)
                        )
                    ),
            ];
            return found.Count > 0;
        });
        return found;
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}

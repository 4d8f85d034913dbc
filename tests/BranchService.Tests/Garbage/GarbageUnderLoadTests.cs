using Dendrite.BranchService.Tests.Merging;
using Dendrite.BranchService.Tests.Signals;

namespace Dendrite.BranchService.Tests.Garbage;

public sealed class GarbageUnderLoadTests(SignalLab lab) : IClassFixture<SignalLab>
{
    private const int Workers = 4;
    private const int Rounds = 10;
    private const int RowsAStep = 40;

    [Fact]
    public async Task Nothing_visible_changes_while_experiments_come_and_go_and_garbage_is_removed_all_the_time()
    {
        const string Word = "busy";
        var trial = await Trial.CreateAsync(lab.Lab, Word);
        var busy = new BusyLab(lab, trial, Word);
        for (var worker = 0; worker < Workers; worker++)
        {
            await lab.AppendAsync($"{Word}-target", $"s{worker}");
        }

        using var over = new CancellationTokenSource();
        var sweepers = Enumerable.Range(0, 2).Select(_ => Task.Run(() => CollectAsync(over.Token))).ToList();
        var readers = Task.Run(() => ReadAsync(busy, over.Token));
        var workers = Enumerable
            .Range(0, Workers)
            .Select(worker => Task.Run(() => busy.ExperimentAsync(worker, Rounds, new Random(worker))));

        await Task.WhenAll(workers);
        await over.CancelAsync();
        await Task.WhenAll([readers, .. sweepers]);

        // Then in peace: everything that can go has gone, and every state is what it was.
        while (await CollectOnceAsync()) { }
        Assert.True(busy.Versions.Count > Workers, "hardly anything was merged");
        foreach (var version in busy.Versions)
        {
            await busy.CheckAsync(version, isQuiet: true);
        }

        await busy.CheckTagsAsync();
        var absorbed = await CountAsync("branching.timeline WHERE absorbed_into_timeline_id IS NOT NULL");
        Assert.True(absorbed > 0, "nothing was absorbed");
        Assert.Equal(0, await CountAsync("branching.garbage"));
        Assert.Equal(0, await CountAsync("branching.timeline WHERE doom_time IS NOT NULL"));
        Assert.Equal(0, await CountAsync($"branching.branch WHERE name LIKE '{Word}-w%' OR name LIKE '{Word}-p%'"));
    }

    private static async Task ReadAsync(BusyLab busy, CancellationToken over)
    {
        var random = new Random(99);
        while (!over.IsCancellationRequested)
        {
            var versions = busy.Versions;
            if (versions.Count > 0)
            {
                await busy.CheckAsync(versions.ElementAt(random.Next(versions.Count)), isQuiet: false);
            }
        }
    }

    private async Task CollectAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await CollectOnceAsync();
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> CollectOnceAsync()
    {
        var (garbage, project) = (lab.Lab.Garbage, lab.Lab.LabProject);
        var purged = await garbage.PurgeAsync(project, 3, "tests", CancellationToken.None);
        var absorbed = await garbage.AbsorbAsync(project, new(0), 100, CancellationToken.None);
        var judged = await garbage.JudgeAsync(project, new(0), 100, TimeSpan.Zero, CancellationToken.None);
        var swept = await garbage.SweepAsync(project, RowsAStep, CancellationToken.None);
        Assert.True(swept is null || swept.Rows <= RowsAStep, $"a step removed {swept?.Rows} rows");
        return purged.Count + absorbed.Count + judged.Count + judged.Trimmed > 0 || swept is not null;
    }

    private async Task<long> CountAsync(string from) =>
        (long)(await lab.Lab.AsOwnerAsync($"SELECT count(*) FROM {from}"))!;
}

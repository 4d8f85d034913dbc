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

    [Fact]
    public async Task Several_replicas_that_collect_at_once_remove_each_row_once_and_in_bounded_steps()
    {
        const string Word = "many";
        const int Replicas = 4;
        const int Branches = 6;
        while (await CollectOnceAsync()) { }
        var trial = await Trial.CreateAsync(lab.Lab, Word);
        for (var i = 0; i < Branches; i++)
        {
            await lab.Lab.CreateAsync($"{Word}-{i}", new() { Branch = trial.Branch("target") });
            await trial.PutAsync($"{i}", [.. Enumerable.Range(0, 60).Select(n => ($"n{n}", (int?)n, "arm", $"n{n}"))]);
            await lab.AppendAsync($"{Word}-{i}", 0, 10);
        }

        var lines = $"(SELECT timeline_id FROM branching.branch WHERE name ~ '^{Word}-[0-9]$')";
        await lab.Lab.AsOwnerAsync($"CREATE TABLE public.going AS SELECT * FROM {lines} AS line");
        for (var i = 0; i < Branches; i++)
        {
            var name = $"{Word}-{i}";
            await lab.Lab.Branches.DeleteBranchAsync(new() { Name = SignalLab.Branch(name) }, lab.Lab.Lab);
        }

        await lab.Lab.AsOwnerAsync(
            $"UPDATE branching.branch SET purge_time = statement_timestamp() WHERE name ~ '^{Word}-[0-9]$'"
        );
        var (purged, doomed) = (0L, 0L);
        await AtOnceAsync(
            Replicas,
            async () =>
            {
                var step = await lab.Lab.Garbage.PurgeAsync(lab.Lab.LabProject, 2, "tests", CancellationToken.None);
                Assert.InRange(step.Count, 0, 2);
                Interlocked.Add(ref purged, step.Count);
                return step.Count > 0 || purged < Branches;
            }
        );
        Assert.Equal(Branches, purged);
        await AtOnceAsync(
            Replicas,
            async () =>
            {
                var (garbage, project) = (lab.Lab.Garbage, lab.Lab.LabProject);
                var step = await garbage.JudgeAsync(project, new(0), 100, TimeSpan.Zero, CancellationToken.None);
                Interlocked.Add(ref doomed, step.Count);
                return step.WasBusy;
            }
        );
        Assert.Equal(Branches, doomed);

        var rows = await CountRowsOfAsync("public.going");
        var swept = 0L;
        await AtOnceAsync(
            Replicas,
            async () =>
            {
                var step = await lab.Lab.Garbage.SweepAsync(lab.Lab.LabProject, RowsAStep, CancellationToken.None);
                Assert.True(step is null || step.Rows <= RowsAStep, $"a step removed {step?.Rows} rows");
                Interlocked.Add(ref swept, step?.Rows ?? 0);
                return step is not null || await CountAsync("branching.garbage") > 0;
            }
        );

        Assert.True(rows > Branches * 60, $"only {rows} rows were to go");
        Assert.Equal(rows, swept);
        Assert.Equal(0, await CountRowsOfAsync("public.going"));
        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
    }

    /// <summary>Runs a step in several loops at once, each until it says that it is done.</summary>
    private static Task AtOnceAsync(int replicas, Func<Task<bool>> step) =>
        Task.WhenAll(
            Enumerable
                .Range(0, replicas)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (await step()) { }
                    })
                )
        );

    /// <summary>The rows of all tables that belong to some timelines.</summary>
    private async Task<long> CountRowsOfAsync(string timelines)
    {
        var parts = (string)
            (await lab.Lab.AsOwnerAsync("SELECT string_agg(relation::text, ',') FROM branching.parts_of_timelines()"))!;
        var rows = 0L;
        foreach (var table in parts.Split(','))
        {
            rows += await CountAsync($"{table} WHERE timeline_id IN (SELECT timeline_id FROM {timelines})");
        }

        return rows;
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
        var isBusy = absorbed.WasBusy || judged.WasBusy;
        return isBusy || purged.Count + absorbed.Count + judged.Count + judged.Trimmed > 0 || swept is not null;
    }

    private async Task<long> CountAsync(string from) =>
        (long)(await lab.Lab.AsOwnerAsync($"SELECT count(*) FROM {from}"))!;
}

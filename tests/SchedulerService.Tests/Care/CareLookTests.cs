using Dendrite.SchedulerService.Care;
using Dendrite.SchedulerService.Care.Forecasting;
using Dendrite.Storage.Care;
using Dendrite.Storage.Projects;

namespace Dendrite.SchedulerService.Tests.Care;

/// <summary>What is measured, how long it is kept, and what follows from it.</summary>
public sealed class CareLookTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Looks_of_three_years_at_every_quarter_of_an_hour_are_some_1_700_and_no_day_is_missing()
    {
        var begin = new DateTimeOffset(2026, 1, 1, 0, 3, 0, TimeSpan.Zero);
        var end = begin.AddDays(3 * 365);
        var kept = new List<DateTimeOffset>();
        DateTimeOffset? before = null;
        for (var time = begin; time < end; time += TimeSpan.FromMinutes(15))
        {
            if (LookKeeping.Until(time, before) > end)
                kept.Add(time);
            before = time;
        }

        Assert.InRange(kept.Count, 1_600, 1_800);
        Assert.Equal(730, kept.Where(time => time >= end.AddDays(-730)).Select(time => time.Date).Distinct().Count());
        Assert.Equal(35 * 24, kept.Where(time => time >= end.AddDays(-35)).DistinctBy(Hour).Count());
        Assert.Equal(2 * 96, kept.Count(time => time >= end.AddDays(-2)));

        static (DateTime, int) Hour(DateTimeOffset time) => (time.Date, time.Hour);
    }

    [Fact]
    public async Task Of_replicas_that_look_at_once_one_look_is_kept_each_interval()
    {
        await using var lab = await CareLab.StartAsync();

        var kept = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => lab.LookAsync()));

        Assert.Single(kept, true);
        lab.Pass(TimeSpan.FromMinutes(5));
        Assert.False(await lab.LookAsync());
        lab.Pass(TimeSpan.FromMinutes(10));
        Assert.True(await lab.LookAsync());
        Assert.Equal(2L, await lab.ScalarAsync<long>("SELECT count(*) FROM care.look"));
    }

    [Fact]
    public async Task A_clock_that_was_ahead_and_is_put_right_stops_no_looks()
    {
        await using var lab = await CareLab.StartAsync();
        var noon = lab.Now;
        lab.SetTime(noon.AddDays(1));
        Assert.True(await lab.LookAsync());
        lab.SetTime(noon);

        Assert.True(await lab.LookAsync());
        Assert.False(await lab.LookAsync());
        lab.Pass(TimeSpan.FromMinutes(15));
        await lab.AddBlocksAsync(900);
        Assert.True(await lab.LookAsync());
        var last = await lab.Service<CareLookStore>().FindLastAsync(lab.Now, Token);
        Assert.Equal((lab.Now, TimeSpan.FromMinutes(15)), (last!.Time, last.IngestSpan));
        lab.Pass(TimeSpan.FromHours(1));
        Assert.True(await lab.LookAsync());
        // Each project at noon, an hour and a quarter later, and in the time that was none.
        var sizes = await lab.Service<ProjectSizeStore>().ListAsync(lab.Project, noon, noon.AddDays(2), Token);
        Assert.Equal([noon, lab.Now, noon.AddDays(1)], sizes.Select(size => size.Time));
    }

    [Fact]
    public async Task What_has_had_its_time_is_forgotten_with_all_its_figures()
    {
        await using var lab = await CareLab.StartAsync();
        await lab.AddBlocksAsync(100);
        var first = lab.Now;
        for (var look = 0; look < 8; look++)
        {
            await lab.LookAsync();
            lab.Pass(TimeSpan.FromMinutes(15));
        }

        Assert.Equal(8L, await lab.ScalarAsync<long>("SELECT count(*) FROM care.look"));
        lab.SetTime(first.AddDays(3));
        await lab.LookAsync();
        // The first of its day, the first of its second hour, and the new one.
        Assert.Equal(3L, await lab.ScalarAsync<long>("SELECT count(*) FROM care.look"));
        lab.SetTime(first.AddDays(900));
        await lab.LookAsync();

        const string Rest = """
            SELECT concat_ws(' ', (SELECT count(*) FROM care.look), (SELECT count(DISTINCT look_time)
                FROM care.table_figure), (SELECT count(DISTINCT look_time) FROM care.index_figure),
                (SELECT count(*) FROM care.project_size))
            """;
        Assert.Equal("1 1 1 2", await lab.ScalarAsync<string>(Rest));
    }

    [Fact]
    public async Task A_look_measures_what_was_written_since_the_one_before()
    {
        await using var lab = await CareLab.StartAsync();
        await lab.LookAsync();
        await lab.AddBlocksAsync(900);
        lab.Pass(TimeSpan.FromMinutes(15));
        await lab.LookAsync();

        var look = (await lab.Service<CareLookStore>().FindLastAsync(lab.Now, Token))!;

        // 900 blocks of 4 KiB, and what is around them, in 900 seconds.
        Assert.InRange(look.IngestBytesPerSecond!.Value, 4_096, 3 * 4_096);
        Assert.Equal(TimeSpan.FromMinutes(15), look.IngestSpan);
        Assert.Null(look.DiskTotalBytes);
    }

    [Fact]
    public async Task A_project_is_measured_by_its_own_rows_and_exactly_where_tables_are_small()
    {
        await using var lab = await CareLab.StartAsync();
        var other = (await new ProjectStore(new(lab.Database.Branch)).GetAsync("other", Token)).Id;
        await lab.AddBlocksAsync(300);
        await lab.AddBlocksAsync(50, project: other);
        await lab.LookAsync();

        var store = lab.Service<ProjectSizeStore>();
        var mine = Assert.Single(await store.ListAsync(lab.Project, DateTimeOffset.MinValue, lab.Now, Token));
        var theirs = Assert.Single(await store.ListAsync(other, DateTimeOffset.MinValue, lab.Now, Token));

        // Of each block: 4096 bytes and their header, a byte of summary, and the row's own part.
        Assert.Equal((300L * (4_096 + 2 + 140), 1.0), (mine.SignalBytes, mine.ReadRatio));
        Assert.Equal(50L * (4_096 + 2 + 140), theirs.SignalBytes);
        Assert.Equal(mine.Bytes + theirs.Bytes, await store.SumAsync(Token));
    }

    [Fact]
    public async Task A_large_table_is_measured_by_some_of_its_pages_and_nearly_right()
    {
        await using var lab = await CareLab.StartAsync();
        // Without its samples a row is small: 2,000 pages hold some 80,000.
        await lab.ExecuteAsync(
            $"""
            INSERT INTO signals.block (project_id, timeline_id, stream_id, channel_group, first_sample, sample_count,
                version, format, checksum, sample_digest, summary, payload)
            SELECT {lab.Project}, 77, 1, 0, i, 1, 1, 1, 0, '\x{new string('0', 64)}', '\x00', '\x00'
            FROM generate_series(1, 200000) i
            """
        );
        await lab.LookAsync();

        var size = Assert.Single(
            await lab.Service<ProjectSizeStore>().ListAsync(lab.Project, DateTimeOffset.MinValue, lab.Now, Token)
        );

        Assert.InRange(size.ReadRatio, 0.2, 0.9);
        Assert.InRange(size.SignalBytes / (200_000.0 * (2 + 2 + 140)), 0.9, 1.1);
    }

    [Fact]
    public void Counters_that_began_anew_say_nothing_of_what_was_written()
    {
        var before = new Dictionary<string, TableMeasure> { ["signals.block"] = Written("signals.block", 1_000) };
        var hour = TimeSpan.FromHours(1);

        Assert.Null(TableHistory.Ingest([Written("signals.block", 10)], before, hour));
        Assert.Null(TableHistory.Ingest([Written("signals.block", 2_000)], before, TimeSpan.FromSeconds(3)));
        // What jobs and audits write is no data.
        var tables = new[] { Written("signals.block", 4_600), Written("scheduling.job_run", 1_000_000) };
        Assert.Equal(100, TableHistory.Ingest(tables, before, hour)!.Value.BytesPerSecond);
        // A new table was empty before.
        Assert.Equal(100, TableHistory.Ingest([Written("records.row", 3_600)], before, hour)!.Value.BytesPerSecond);
    }

    [Fact]
    public void Dead_rows_of_before_the_last_vacuum_are_no_part_of_their_growth()
    {
        var begin = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var vacuumed = begin.AddHours(5.5);
        TableFigure[] history =
        [
            .. Enumerable.Range(0, 6).Select(hour => Dead(begin.AddHours(hour), 1_000 * hour, null)),
            .. Enumerable.Range(6, 5).Select(hour => Dead(begin.AddHours(hour), 10 * (hour - 5), vacuumed)),
        ];

        var facts = TableHistory.FactsOf(
            Dead(begin.AddHours(11), 60, vacuumed),
            history,
            new(new Dictionary<string, IndexFigure>(), new Dictionary<string, IndexFigure>())
        );

        Assert.Equal(6, facts.DeadTrend!.Count);
        // Ten rows an hour, of a hundred bytes.
        Assert.InRange(facts.DeadTrend.PerDay, 23_000, 24_500);
    }

    private static TableFigure Dead(DateTimeOffset time, long rows, DateTimeOffset? vacuumed) =>
        new(
            time,
            Written("signals.block", 100_000) with
            {
                HeapBytes = 100 * (10_000 + rows),
                LiveRows = 10_000,
                DeadRows = rows,
                VacuumTime = vacuumed,
            }
        );

    /// <summary>A table of a hundred bytes a row.</summary>
    private static TableMeasure Written(string name, long inserted) =>
        new(name, 1)
        {
            HeapBytes = 1_000_000,
            ToastBytes = 0,
            IndexBytes = 0,
            LiveRows = 10_000,
            DeadRows = 0,
            ToastLiveRows = 0,
            ToastDeadRows = 0,
            InsertedRows = inserted,
            ChangedRows = 0,
        };
}

using Dendrite.SchedulerService.Alerts;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Care;

/// <summary>When the disk is full, over the wire.</summary>
public sealed class StorageForecastTests
{
    private const long Gib = 1L << 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Before_anything_is_known_that_is_what_is_said()
    {
        await using var lab = await CareLab.StartAsync();

        var forecast = await AskAsync(lab);

        Assert.Null(forecast.Disk);
        Assert.Equal(CrossingState.UnknownLimit, forecast.Installation.DiskFull.State);
        Assert.Equal((0, 0.0), (forecast.Project.Bytes, forecast.ReadRatio));
        Assert.Null(forecast.Project.Trend);
        Assert.False(forecast.HasGrowthShare);
        Assert.True(forecast.DatabaseBytes > 0);
    }

    [Fact]
    public async Task With_a_disk_and_hardly_any_history_there_is_too_little_of_it()
    {
        await using var lab = await CareLab.StartAsync(("Scheduler:Alerts:DiskCapacityBytes", "1000000000000"));
        await lab.LookAsync();

        var forecast = await AskAsync(lab);

        Assert.Equal(1_000_000_000_000, forecast.Disk.TotalBytes);
        Assert.Equal(CrossingState.TooLittleHistory, forecast.Installation.DiskFull.State);
        Assert.Equal(CrossingState.TooLittleHistory, forecast.Project.DiskFull.State);
    }

    [Fact]
    public async Task A_disk_that_loses_a_gibibyte_a_day_is_full_when_none_is_left_and_rules_may_watch_that()
    {
        await using var lab = await CareLab.StartAsync(("Scheduler:Alerts:DiskCapacityBytes", $"{1000 * Gib}"));
        // Ten days, in which everything grew by a GiB a day and this project by half of that; once it jumped.
        await lab.ExecuteAsync(
            $"""
            INSERT INTO care.look (look_time, keep_until, database_bytes, disk_total_bytes, disk_used_bytes)
            SELECT t, t + interval '1 year', used - {Gib}, {1000 * Gib}, used
            FROM generate_series(timestamptz '{lab.Now:O}' - interval '10 days', '{lab.Now:O}', interval '6 hours') t,
                LATERAL (SELECT (({900 * Gib} - extract(epoch FROM timestamptz '{lab.Now:O}' - t) / 86400 * {Gib})
                    + CASE WHEN t = timestamptz '{lab.Now:O}' - interval '3 days' THEN {50 * Gib} ELSE 0 END)::bigint
                    AS used) u;
            INSERT INTO care.project_size (project_id, look_time, keep_until, signal_bytes, record_bytes, read_ratio)
            SELECT {lab.Project}, t, t + interval '1 year',
                ({100 * Gib} - extract(epoch FROM timestamptz '{lab.Now:O}' - t) / 86400 * {Gib / 2})::bigint, 0, 0.5
            FROM generate_series(timestamptz '{lab.Now:O}' - interval '10 days', '{lab.Now:O}', interval '1 day') t
            """
        );

        var forecast = await AskAsync(lab);

        Assert.InRange(forecast.Installation.Trend.PerDay / Gib, 0.999, 1.001);
        Assert.Equal(41, forecast.Installation.Trend.ReadingCount);
        // The capacity less what the database, which is small here, takes up: of the disk as it is now.
        Assert.Equal(CrossingState.Expected, forecast.Installation.DiskFull.State);
        var days = (forecast.Installation.DiskFull.Time.ToDateTimeOffset() - lab.Now).TotalDays;
        Assert.InRange(days, 998, 1_002);
        Assert.True(forecast.Installation.DiskFull.EarliestTime <= forecast.Installation.DiskFull.Time);
        Assert.InRange(forecast.Project.Trend.PerDay / Gib, 0.499, 0.501);
        Assert.Equal(100 * Gib, forecast.Project.Bytes);
        Assert.InRange((forecast.Project.DiskFull.Time.ToDateTimeOffset() - lab.Now).TotalDays, 1_998, 2_002);
        Assert.InRange(forecast.GrowthShare, 0.49, 0.51);
        Assert.Equal(0.5, forecast.ReadRatio);

        var measured = await lab.Service<InstallationMeasure>().MeasureAsync(Token);
        Assert.Equal(days, measured.DiskFullDays!.Value, 1);
        // By a clock that was ahead: a look that is none yet.
        await lab.ExecuteAsync(
            $"""
            INSERT INTO care.look (look_time, keep_until, database_bytes, disk_total_bytes, disk_used_bytes)
            VALUES ('{lab.Now.AddYears(1):O}', '{lab.Now.AddYears(2):O}', 1, 2, 1);
            INSERT INTO care.project_size (project_id, look_time, keep_until, signal_bytes, record_bytes, read_ratio)
            VALUES ({lab.Project}, '{lab.Now.AddYears(1):O}', '{lab.Now.AddYears(2):O}', 1, 0, 0.25)
            """
        );
        var again = await AskAsync(lab);
        Assert.Equal((41, 0.5), (again.Installation.Trend.ReadingCount, again.ReadRatio));
        // A shorter window than the history holds fewer readings.
        var lately = await AskAsync(lab, TimeSpan.FromDays(1));
        Assert.Equal(5, lately.Installation.Trend.ReadingCount);
    }

    [Fact]
    public async Task What_anybody_of_the_project_may_ask_and_what_only_its_administrators()
    {
        await using var lab = await CareLab.StartAsync();
        var (storage, member) = (lab.Storage, lab.Member);

        await storage.GetStorageForecastAsync(new() { Project = CareLab.Parent }, member);
        await storage.PreviewStorageCareAsync(new() { Project = CareLab.Parent }, lab.Admin);
        await storage.ListCareActionsAsync(new() { Project = CareLab.Parent }, lab.Admin);

        await DeniedAsync(async () =>
            await storage.PreviewStorageCareAsync(new() { Project = CareLab.Parent }, member)
        );
        await DeniedAsync(async () => await storage.ListCareActionsAsync(new() { Project = CareLab.Parent }, member));
        await DeniedAsync(async () =>
            await storage.GetStorageForecastAsync(new() { Project = "projects/other" }, member)
        );
        await DeniedAsync(async () =>
            await storage.PreviewStorageCareAsync(new() { Project = "projects/other" }, lab.Admin)
        );
    }

    [Fact]
    public async Task The_plan_says_of_each_table_its_figures_and_of_each_hour_what_is_usual()
    {
        await using var lab = await CareLab.StartAsync();
        await lab.AddBlocksAsync(1_000);
        await lab.DeleteBlocksAsync(20);

        var brief = await lab.Storage.PreviewStorageCareAsync(new() { Project = CareLab.Parent }, lab.Admin);
        var whole = await lab.Storage.PreviewStorageCareAsync(
            new() { Project = CareLab.Parent, AllTables = true },
            lab.Admin
        );

        var blocks = Assert.Single(brief.Tables, table => table.Table == "signals.block");
        Assert.InRange(blocks.DeadRatio, 0.15, 0.25);
        Assert.Equal(CareTiming.Later, Assert.Single(blocks.Decisions).Timing);
        Assert.Equal(lab.Now.AddHours(13), brief.Quiet.NextTime.ToDateTimeOffset());
        Assert.Equal((24, false, false), (brief.Quiet.Hours.Count, brief.Quiet.Learned, brief.Quiet.QuietNow));
        Assert.True(brief.CanAct);
        Assert.Contains(whole.Tables, table => table.Table == "branching.branch");
        Assert.True(whole.Tables.Count > 30);
        Assert.All(whole.Tables, table => Assert.NotEmpty(table.Decisions));
    }

    private static async Task DeniedAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
    }

    private static async Task<GetStorageForecastResponse> AskAsync(CareLab lab, TimeSpan? window = null)
    {
        var request = new GetStorageForecastRequest { Project = CareLab.Parent };
        if (window is { } back)
            request.Window = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(back);
        return await lab.Storage.GetStorageForecastAsync(request, lab.Member);
    }
}

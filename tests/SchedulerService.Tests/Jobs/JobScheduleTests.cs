using Dendrite.SchedulerService.Jobs;

namespace Dendrite.SchedulerService.Tests.Jobs;

public sealed class JobScheduleTests
{
    [Theory]
    [InlineData("0 2 * * *", "UTC", "2026-11-21T00:00:00Z", "2026-11-21T02:00:00Z")]
    [InlineData("0 2 * * *", "Europe/Berlin", "2026-11-21T00:00:00Z", "2026-11-21T01:00:00Z")]
    [InlineData("30 0 2 * * ?", "UTC", "2026-11-21T02:00:30Z", "2026-11-22T02:00:30Z")]
    [InlineData("0 0 * * 1", "UTC", "2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z")]
    public void Expressions_of_five_fields_and_of_six_name_the_next_time(
        string cron,
        string timeZone,
        string after,
        string next
    ) =>
        Assert.Equal(
            DateTimeOffset.Parse(next),
            JobSchedule.Parse(cron, timeZone).GetNextValidTimeAfter(DateTimeOffset.Parse(after))
        );

    [Fact]
    public void A_time_that_the_clock_skips_in_spring_runs_all_the_same()
    {
        var berlin = JobSchedule.Parse("30 2 * * *", "Europe/Berlin");
        var next = berlin.GetNextValidTimeAfter(DateTimeOffset.Parse("2026-03-28T12:00:00Z"));
        Assert.Equal(new DateOnly(2026, 3, 29), DateOnly.FromDateTime(next!.Value.UtcDateTime));
    }

    [Theory]
    [InlineData("0 2 * *")]
    [InlineData("never")]
    [InlineData("")]
    public void What_is_no_expression_is_refused(string cron) =>
        Assert.ThrowsAny<FormatException>(() => JobSchedule.Parse(cron, "UTC"));
}

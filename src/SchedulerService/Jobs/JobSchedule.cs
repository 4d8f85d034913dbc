using Quartz;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>When a job runs: a cron expression in a time zone.</summary>
internal static class JobSchedule
{
    private const int UnixFields = 5;

    /// <param name="cron">Five fields as in POSIX crontab, or six with seconds before them.</param>
    /// <param name="timeZone">An IANA time zone.</param>
    /// <exception cref="FormatException">The expression does not parse.</exception>
    /// <exception cref="TimeZoneNotFoundException">There is no such time zone.</exception>
    public static CronExpression Parse(string cron, string timeZone)
    {
        var fields = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        var format = fields == UnixFields ? CronFormat.Unix : CronFormat.Quartz;
        return CronExpression.Parse(cron, format).WithTimeZone(TimeZoneInfo.FindSystemTimeZoneById(timeZone));
    }
}

namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>
/// How long what was measured is kept: all of it for two days, then the first of each hour for five weeks, then the
/// first of each day for two years. So the history is bounded, whatever the interval: with the default of a quarter of
/// an hour some 1,700 looks. Decided when a look is made, so that thinning is one plain delete.
/// </summary>
internal static class LookKeeping
{
    public static readonly TimeSpan All = TimeSpan.FromDays(2);
    public static readonly TimeSpan Hourly = TimeSpan.FromDays(35);
    public static readonly TimeSpan Daily = TimeSpan.FromDays(731);

    /// <param name="before">When the look before was made; null for the first.</param>
    /// <returns>Until when it is kept.</returns>
    public static DateTimeOffset Until(DateTimeOffset time, DateTimeOffset? before)
    {
        if (before is not { } last || last.UtcDateTime.Date != time.UtcDateTime.Date)
        {
            return time + Daily;
        }

        return last.UtcDateTime.Hour != time.UtcDateTime.Hour ? time + Hourly : time + All;
    }
}

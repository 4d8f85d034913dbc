using System.Globalization;
using Dendrite.Errors;
using Dendrite.SchedulerService.Alerts;

namespace Dendrite.SchedulerService.Tests.Alerts;

public sealed class QuietHoursTests
{
    [Theory]
    [InlineData("22:00-07:00", "UTC", "2026-03-01T21:59:59Z", "2026-03-01T21:59:59Z")]
    [InlineData("22:00-07:00", "UTC", "2026-03-01T22:00:00Z", "2026-03-02T07:00:00Z")]
    [InlineData("22:00-07:00", "UTC", "2026-03-02T06:59:59Z", "2026-03-02T07:00:00Z")]
    [InlineData("22:00-07:00", "UTC", "2026-03-02T07:00:00Z", "2026-03-02T07:00:00Z")]
    [InlineData("12:00-13:30", "UTC", "2026-03-01T12:15:00Z", "2026-03-01T13:30:00Z")]
    [InlineData("12:00-13:30", "UTC", "2026-03-01T14:00:00Z", "2026-03-01T14:00:00Z")]
    // By the clock on the wall there: 23:30 in Berlin.
    [InlineData("22:00-07:00", "Europe/Berlin", "2026-03-01T22:30:00Z", "2026-03-02T06:00:00Z")]
    // The night in which the clock goes from 02:00 to 03:00 is an hour shorter.
    [InlineData("22:00-07:00", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T05:00:00Z")]
    // An end that the clock skips is the moment of the jump.
    [InlineData("22:00-02:30", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z")]
    // An end that comes twice is its first: 02:30 in summer time, and not again an hour later.
    [InlineData("22:00-02:30", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("22:00-02:30", "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-25T01:10:00Z")]
    public void Somebody_may_be_told_from_the_end_of_the_hours_on(string hours, string zone, string at, string expected)
    {
        var quiet = QuietHours.Parse(hours, zone)!;

        Assert.Equal(Instant(expected), quiet.NextAllowed(Instant(at)));
    }

    [Theory]
    [InlineData("22-7")]
    [InlineData("22:00")]
    [InlineData("22:00-24:00")]
    [InlineData("7:00-22:00")]
    [InlineData("22:00 - 07:00")]
    [InlineData("22:00-07:00-09:00")]
    [InlineData("22:00-22:00")]
    [InlineData("٢٢:00-07:00")]
    public void Hours_of_another_form_are_refused(string hours)
    {
        var refused = Assert.Throws<DendriteException>(() => QuietHours.Parse(hours, "UTC"));
        Assert.Equal("alert_rule.quiet_hours", refused.FieldViolations[0].Field);
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}

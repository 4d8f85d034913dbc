using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Quartz;

namespace Dendrite.SchedulerService.Times;

/// <summary>
/// Times of a cron expression. Quartz reads the expression and finds its times on a clock that never jumps; the wall
/// clock of the time zone then says when those are, by the contract's rules for daylight saving.
/// </summary>
internal sealed class CronTimes : IDueTimes
{
    private const int MaxLength = 200;
    private const int UnixFields = 5;
    private const int QuartzFields = 6;
    private const int MaxNumber = 59;

    private readonly CronExpression expression;
    private readonly WallClock clock;

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public CronTimes(CronTrigger trigger)
    {
        clock = new WallClock(TimeZones.Find(trigger.TimeZone, "job.schedule.cron.time_zone"));
        expression = Parse(trigger.Expression, "job.schedule.cron.expression");
    }

    public IEnumerable<DueTime> After(DateTimeOffset instant)
    {
        var last = instant;
        var wall = clock.WallOf(instant);
        while (expression.GetNextValidTimeAfter(new DateTimeOffset(wall, TimeSpan.Zero)) is { } next)
        {
            wall = DateTime.SpecifyKind(next.UtcDateTime, DateTimeKind.Unspecified);
            var due = clock.FirstInstantOf(wall);
            // Wall times that are skipped are all the instant after the gap; one that comes again has been.
            if (due <= last)
                continue;
            last = due;
            yield return new(due);
        }
    }

    private static CronExpression Parse(string text, string field)
    {
        if (text.Length > MaxLength)
            throw DendriteException.Invalid(field, $"has {text.Length} characters; at most {MaxLength} are allowed");
        var fields = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields is not (UnixFields or QuartzFields))
        {
            throw DendriteException.Invalid(
                field,
                $"'{RequestFields.Excerpt(text)}' has {fields} fields; give five (minute, hour, day of month, month, "
                    + "day of week), or six with seconds before them"
            );
        }

        // Quartz has 98 and 99 stand for "any" within it, and takes them where a person wrote them too.
        if (Numbers(text).Any(number => number > MaxNumber))
        {
            throw DendriteException.Invalid(
                field,
                $"'{RequestFields.Excerpt(text)}' holds a number above {MaxNumber}, which no field can have"
            );
        }

        try
        {
            var format = fields == UnixFields ? CronFormat.Unix : CronFormat.Quartz;
            return CronExpression.Parse(text, format).WithTimeZone(TimeZoneInfo.Utc);
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException or OverflowException)
        {
            throw DendriteException.Invalid(
                field,
                $"'{RequestFields.Excerpt(text)}' is no cron expression: {RequestFields.Excerpt(failure.Message)}; "
                    + "such as '0 2 * * *' for daily at two"
            );
        }
    }

    private static IEnumerable<int> Numbers(string text) =>
        text.Split([.. text.Where(character => !char.IsAsciiDigit(character)).Distinct()])
            .Where(digits => digits.Length > 0)
            .Select(digits => int.TryParse(digits, out var number) ? number : int.MaxValue);
}

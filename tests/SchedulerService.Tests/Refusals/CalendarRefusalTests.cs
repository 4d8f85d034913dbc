using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.SchedulerService.Tests.Refusals;

/// <summary>Bad arguments to each call about calendars.</summary>
public sealed class CalendarRefusalTests(RefusalLab lab) : IClassFixture<RefusalLab>
{
    private const string None = "projects/lab/calendars/none";

    public static TheoryData<Refusal, Action<CreateCalendarRequest>> Creates =>
        new()
        {
            { Invalid("parent"), create => create.Parent = "lab" },
            { Of(StatusCode.NotFound), create => create.Parent = "projects/other" },
            { Invalid("calendar_id"), create => create.CalendarId = "Days!" },
            { Of(StatusCode.AlreadyExists), create => create.CalendarId = "days" },
            { Invalid("calendar"), create => create.Calendar = null },
            { Invalid("calendar.display_name"), create => create.Calendar.DisplayName = new string('x', 201) },
            { Invalid("calendar.time_zone"), create => create.Calendar.TimeZone = "Mars/Olympus" },
            { Invalid("calendar.time_zone"), create => create.Calendar.TimeZone = "/etc/localtime" },
            { Invalid("calendar.holidays[0]"), create => create.Calendar.Holidays.Add("2026-02-30") },
            { Invalid("calendar.holidays[0]"), create => create.Calendar.Holidays.Add("25.12.2026") },
            { Invalid("calendar.holidays[0]"), create => create.Calendar.Holidays.Add("") },
            { Invalid("calendar.holidays[1]"), create => create.Calendar.Holidays.Add(["2026-12-25", "2026-12-25"]) },
            { Invalid("calendar.holidays"), create => create.Calendar.Holidays.Add(Enumerable.Repeat("x", 1_001)) },
            { Invalid("request_id"), create => create.RequestId = "x" },
        };

    public static TheoryData<Refusal, Action<UpdateCalendarRequest>> Updates =>
        new()
        {
            { Invalid("calendar"), update => update.Calendar = null },
            { Invalid("calendar.name"), update => update.Calendar.Name = RefusalLab.Hostile },
            { Of(StatusCode.NotFound), update => update.Calendar.Name = None },
            { Of(StatusCode.Aborted), update => update.Calendar.Etag = "\"99\"" },
            { Invalid("calendar.holidays[0]"), update => update.Calendar.Holidays.Add("never") },
            { Invalid("update_mask"), update => update.UpdateMask = new FieldMask { Paths = { "name" } } },
        };

    [Theory]
    [MemberData(nameof(Creates))]
    [BadInputOf("CreateCalendar")]
    public async Task A_calendar_that_makes_no_sense_is_not_made(Refusal refusal, Action<CreateCalendarRequest> spoil)
    {
        var request = new CreateCalendarRequest
        {
            Parent = "projects/lab",
            CalendarId = "new",
            Calendar = new(),
        };
        spoil(request);
        await RefusedAsync(refusal, async () => await lab.Calendars.CreateCalendarAsync(request, lab.Headers));
    }

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateCalendar")]
    public async Task A_change_that_makes_no_sense_changes_nothing(Refusal refusal, Action<UpdateCalendarRequest> spoil)
    {
        var request = new UpdateCalendarRequest { Calendar = new() { Name = RefusalLab.Calendar } };
        spoil(request);
        await RefusedAsync(refusal, async () => await lab.Calendars.UpdateCalendarAsync(request, lab.Headers));
    }

    [Fact]
    [BadInputOf("GetCalendar", "DeleteCalendar", "ListCalendars")]
    public async Task A_calendar_that_is_not_there_or_is_in_use_is_said_so()
    {
        var (calendars, headers) = (lab.Calendars, lab.Headers);
        foreach (
            var (refusal, name) in new[] { (Of(StatusCode.NotFound), None), (Invalid("name"), RefusalLab.Hostile) }
        )
        {
            await RefusedAsync(refusal, async () => await calendars.GetCalendarAsync(new() { Name = name }, headers));
            await RefusedAsync(
                refusal,
                async () => await calendars.DeleteCalendarAsync(new() { Name = name }, headers)
            );
        }

        await RefusedAsync(
            Of(StatusCode.FailedPrecondition),
            async () => await calendars.DeleteCalendarAsync(new() { Name = RefusalLab.Calendar }, headers)
        );
        await RefusedAsync(
            Invalid("parent"),
            async () => await calendars.ListCalendarsAsync(new() { Parent = "x" }, headers)
        );
        await RefusedAsync(
            Invalid("page_size"),
            async () => await calendars.ListCalendarsAsync(new() { Parent = "projects/lab", PageSize = -1 }, headers)
        );
        await RefusedAsync(
            Invalid("page_token"),
            async () => await calendars.ListCalendarsAsync(new() { Parent = "projects/lab", PageToken = "x" }, headers)
        );
    }

    private async Task RefusedAsync(Refusal refusal, Func<Task> call) =>
        Assert.Equal(refusal, await lab.RefusalOfAsync(call));
}

using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Scheduling;

/// <summary>
/// Finds, lists, makes, changes and deletes calendars. Each change is one statement that also remembers the request and
/// writes the audit. Thread-safe.
/// </summary>
/// <remarks>All changes throw REQUEST_ID_REUSED; those with a revision CALENDAR_NOT_FOUND and ETAG_MISMATCH.</remarks>
public sealed class CalendarStore(PlatformDatabase database)
{
    private const string UseConstraint = "job_calendar_is_there";

    private const string Columns = """
        c.project_id, c.name, c.display_name, c.time_zone, c.business_days_only, c.holidays, c.create_time,
        c.update_time, c.revision
        """;

    private static readonly NamedTable<CalendarRecord> Table = new(
        "Calendar",
        "scheduling.calendar",
        "c",
        "calendar_id",
        Columns,
        Read
    )
    {
        NameConstraint = "calendar_name_is_taken",
        NoSuch = NoSuchCalendar,
    };

    private readonly NamedRows<CalendarRecord> rows = new(database, Table);

    /// <summary>One round trip.</summary>
    /// <exception cref="DendriteException">CALENDAR_NOT_FOUND.</exception>
    public Task<CalendarRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>A page of calendars, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public Task<IReadOnlyList<CalendarRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, afterName, limit, cancellationToken);

    /// <summary>The calendars of these names, in no order. One round trip.</summary>
    public Task<IReadOnlyList<CalendarRecord>> ListAsync(
        ProjectId project,
        IReadOnlyCollection<string> names,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, names, cancellationToken);

    /// <exception cref="DendriteException">ALREADY_EXISTS.</exception>
    public Task<CalendarRecord> CreateAsync(
        CalendarRecord calendar,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Insert = """
            INSERT INTO scheduling.calendar (project_id, name, display_name, time_zone, business_days_only, holidays,
                create_time, update_time)
            VALUES (@project, @name, @display_name, @time_zone, @business, @holidays, @now, @now)
            """;
        return rows.CreateAsync(
            calendar.Project,
            calendar.Name,
            new(
                Insert,
                command =>
                    command
                        .With("display_name", calendar.DisplayName)
                        .With("time_zone", calendar.TimeZone)
                        .With("business", calendar.BusinessDaysOnly)
                        .With("holidays", calendar.Holidays.ToArray())
                        .With("now", calendar.CreateTime)
            ),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Changes the given fields and no other, and has the schedules that use it looked at again.</summary>
    public async Task<CalendarRecord> UpdateAsync(
        ProjectId project,
        RowTarget target,
        (CalendarChange Change, DateTimeOffset Now) update,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var (change, now) = update;
        const string Update = """
            UPDATE scheduling.calendar SET display_name = coalesce(@display_name, display_name),
                time_zone = coalesce(@time_zone, time_zone),
                business_days_only = coalesce(@business, business_days_only),
                holidays = coalesce(@holidays, holidays), update_time = @now, revision = revision + 1
            """;
        var changed = await rows.ChangeAsync(
            project,
            target,
            new(
                Update,
                command =>
                    command
                        .With("display_name", NpgsqlDbType.Text, change.DisplayName)
                        .With("time_zone", NpgsqlDbType.Text, change.TimeZone)
                        .With("business", NpgsqlDbType.Boolean, change.BusinessDaysOnly)
                        .With("holidays", NpgsqlDbType.Array | NpgsqlDbType.Text, change.Holidays?.ToArray())
                        .With("now", now)
            ),
            mutation,
            cancellationToken
        );
        await WakeJobsAsync(project, target.Name, now, cancellationToken);
        return changed;
    }

    /// <exception cref="DendriteException">RESOURCE_IN_USE: a schedule names it.</exception>
    public async Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await rows.DeleteAsync(project, target, mutation, cancellationToken);
        }
        catch (PostgresException used) when (used.ConstraintName == UseConstraint)
        {
            var (what, users) = ($"Calendar '{target.Name}'", (ResourceUse.OfSchedules, target.Name));
            await ResourceUse.RefuseAsync(database, project, what, users, cancellationToken);
            // Whoever named it has let it go meanwhile.
            await rows.DeleteAsync(project, target, mutation, cancellationToken);
        }
    }

    /// <summary>CALENDAR_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchCalendar(string name) =>
        new(
            ErrorReason.CalendarNotFound,
            $"Calendar '{name}' does not exist; list the project's calendars for those that do."
        );

    private async Task WakeJobsAsync(
        ProjectId project,
        string calendar,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                UPDATE scheduling.job SET next_time = least(next_time, @now)
                WHERE project_id = @project AND calendar = @calendar AND next_time IS NOT NULL
                """
            )
            .With("project", project.Value)
            .With("calendar", calendar)
            .With("now", now);
        await batch.ExecuteAsync(cancellationToken);
    }

    private static CalendarRecord Read(NpgsqlDataReader row) =>
        new(new ProjectId(row.GetInt64(0)), row.GetString(1))
        {
            DisplayName = row.GetString(2),
            TimeZone = row.GetString(3),
            BusinessDaysOnly = row.GetBoolean(4),
            Holidays = row.GetFieldValue<string[]>(5),
            CreateTime = row.GetFieldValue<DateTimeOffset>(6),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(7),
            Revision = row.GetInt64(8),
        };
}

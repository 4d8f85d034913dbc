using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Times;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>Reads the fields of a job that came in a request.</summary>
internal sealed class JobInput(IEnumerable<IJobTask> tasks, CalendarStore calendars, TimeProvider time)
{
    private const int MaxTitleLength = 200;
    private const int MaxAfterJobs = 100;

    /// <summary>A new job. Nothing is stored.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT; CALENDAR_NOT_FOUND; what the task refuses.</exception>
    public async Task<JobRecord> NewAsync(
        TaskProject project,
        string id,
        Job fields,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var job = new JobRecord(project.Id, id)
        {
            Uid = Guid.CreateVersion7(now),
            TaskKind = "",
            TaskJson = "",
            CreateTime = now,
            UpdateTime = now,
        };
        foreach (var path in Updatable(fields).Keys)
            job = await SetAsync(project, job, (fields, path), cancellationToken);
        await CheckScheduledAsync(project, job, cancellationToken);
        return job;
    }

    /// <summary>A job as an update would have it. Nothing is stored.</summary>
    /// <returns>Also whether its schedule is another.</returns>
    /// <exception cref="DendriteException">As of <see cref="NewAsync"/>; INVALID_UPDATE_MASK.</exception>
    public async Task<(JobRecord Job, bool SetsSchedule)> ChangeAsync(
        TaskProject project,
        JobRecord job,
        UpdateJobRequest request,
        CancellationToken cancellationToken
    )
    {
        var paths = UpdateMask.Paths(request.UpdateMask, Updatable(request.Job));
        foreach (var path in paths)
            job = await SetAsync(project, job, (request.Job, path), cancellationToken);
        if (paths.Contains("schedule") || paths.Contains("task"))
            await CheckScheduledAsync(project, job, cancellationToken);
        return (job with { UpdateTime = time.GetUtcNow() }, paths.Contains("schedule"));
    }

    /// <summary>The times of a job's schedule; null where it has none.</summary>
    public async Task<JobTimes?> TimesAsync(JobRecord job, CancellationToken cancellationToken)
    {
        if (JobDefinition.ScheduleOf(job) is not { } schedule)
            return null;
        var calendar = job.Timetable.Calendar is { } id
            ? await calendars.GetAsync(job.Project, id, cancellationToken)
            : null;
        var days = calendar is null ? null : Calendars.CalendarMapper.ToDays(calendar);
        return new JobTimes(schedule, days, job.Timetable.ScheduleTime);
    }

    private static Dictionary<string, bool> Updatable(Job fields) =>
        new()
        {
            ["display_name"] = fields.DisplayName.Length > 0,
            ["labels"] = fields.Labels.Count > 0,
            ["schedule"] = fields.Schedule is not null,
            ["task"] = fields.Task is not null,
            ["policy"] = fields.Policy is not null,
        };

    private async Task<JobRecord> SetAsync(
        TaskProject project,
        JobRecord job,
        (Job Fields, string Path) set,
        CancellationToken cancellationToken
    )
    {
        var fields = set.Fields;
        return set.Path switch
        {
            "display_name" => job with
            {
                DisplayName = RequestFields.Text(fields.DisplayName, "job.display_name", MaxTitleLength),
            },
            "labels" => job with { Labels = RequestFields.Labels(fields.Labels, "job.labels") },
            "schedule" => await WithScheduleAsync(project, job, fields.Schedule, cancellationToken),
            "task" => await WithTaskAsync(project, job, fields.Task, cancellationToken),
            _ => job with { PolicyJson = JobDefinition.ToJson(PolicyInput.Check(fields.Policy ?? new())) },
        };
    }

    private async Task CheckScheduledAsync(TaskProject project, JobRecord job, CancellationToken cancellationToken)
    {
        if (job.Timetable.ScheduleJson is null)
            return;
        var task = JobDefinition.TaskOf(job);
        if (tasks.FirstOrDefault(each => each.Kind == task.TaskCase) is { } known)
            await known.ValidateScheduledAsync(project, task, cancellationToken);
    }

    private async Task<JobRecord> WithTaskAsync(
        TaskProject project,
        JobRecord job,
        JobTask? task,
        CancellationToken cancellationToken
    )
    {
        if (task is null || JobDefinition.KindOf(task) is not { } kind)
        {
            throw DendriteException.Invalid(
                "job.task",
                "is missing; give one of retention, sync_source, backup_plan, workflow, restore_drill and maintenance"
            );
        }

        var known =
            tasks.FirstOrDefault(each => each.Kind == task.TaskCase)
            ?? throw new DendriteException(
                ErrorReason.NotImplemented,
                $"job.task.{kind}: this server has nothing that does it."
            );
        TaskInput.Check(task, project.Name);
        await known.ValidateAsync(project, task, cancellationToken);
        return job with { TaskKind = kind, TaskJson = JobDefinition.ToJson(task) };
    }

    private async Task<JobRecord> WithScheduleAsync(
        TaskProject project,
        JobRecord job,
        Schedule? schedule,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var empty = JobTimetable.None with { ScheduleTime = now, CursorTime = now };
        if (schedule is null)
            return job with { Timetable = empty };
        // Before it is written down: a malformed instant has no JSON.
        _ = new JobTimes(schedule, calendar: null, now);
        var timetable = empty with
        {
            ScheduleJson = JobDefinition.ToJson(schedule),
            Calendar = CalendarOf(schedule, project.Name),
            AfterJobs = AfterJobsOf(schedule, new JobName(project.Name.Project, job.Name)),
        };
        var set = job with { Timetable = timetable };
        var times = (await TimesAsync(set, cancellationToken))!;
        if (!times.HasTimes)
            return set;
        if (times.NextRunAfter(now) is not { } first)
        {
            throw DendriteException.Invalid(
                "job.schedule",
                "names no time that is still to come: the day may never be, have passed, be outside the active range, "
                    + "or always be left out by the calendar; change it, or leave it out and run the job by hand"
            );
        }

        return set with
        {
            Timetable = timetable with { NextTime = times.NextAfter(now), NextRunTime = first },
        };
    }

    private static string? CalendarOf(Schedule schedule, ProjectName project)
    {
        if (schedule.Calendar.Length == 0)
            return null;
        var name = CalendarName.Parse(schedule.Calendar, "job.schedule.calendar");
        return name.Project == project.Project
            ? name.Calendar
            : throw DendriteException.Invalid("job.schedule.calendar", $"is of another project; name one of {project}");
    }

    private static IReadOnlyList<string> AfterJobsOf(Schedule schedule, JobName self)
    {
        const string Field = "job.schedule.after_jobs.jobs";
        if (schedule.TriggerCase is not Schedule.TriggerOneofCase.AfterJobs)
            return [];
        var jobs = schedule.AfterJobs.Jobs;
        if (jobs.Count is 0 or > MaxAfterJobs)
            throw DendriteException.Invalid(Field, $"has {jobs.Count} jobs; give 1 to {MaxAfterJobs}");
        var ids = new List<string>();
        for (var i = 0; i < jobs.Count; i++)
        {
            var name = JobName.Parse(jobs[i], $"{Field}[{i}]");
            if (name.Project != self.Project)
                throw DendriteException.Invalid($"{Field}[{i}]", $"is of another project; name one of {self.Parent}");
            if (name == self)
                throw DendriteException.Invalid($"{Field}[{i}]", "is the job itself: it would never run; leave it out");
            if (ids.Contains(name.Job))
                throw DendriteException.Invalid($"{Field}[{i}]", $"'{name.Job}' is listed twice; leave it out");
            ids.Add(name.Job);
        }

        return ids;
    }
}

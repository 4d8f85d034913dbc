using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace Dendrite.Cli.Jobs;

/// <summary>A job by options: what it does and how; when it runs is in <see cref="ScheduleOptions"/>.</summary>
internal sealed class JobOptions
{
    private static readonly Dictionary<string, MisfirePolicy> Misfires = new()
    {
        ["skip"] = MisfirePolicy.Skip,
        ["run-once"] = MisfirePolicy.RunOnce,
        ["run-all"] = MisfirePolicy.RunAll,
    };

    private static readonly Dictionary<string, OverlapPolicy> Overlaps = new()
    {
        ["skip"] = OverlapPolicy.Skip,
        ["buffer-one"] = OverlapPolicy.BufferOne,
        ["buffer-all"] = OverlapPolicy.BufferAll,
        ["cancel-other"] = OverlapPolicy.CancelOther,
        ["allow"] = OverlapPolicy.Allow,
    };

    private readonly ScheduleOptions schedule = new();
    private readonly Option<string?> title = FieldOptions.Title();

    private readonly Option<string?> task = new("--task")
    {
        Description =
            "What it does: retention, maintenance, sync:SOURCE, backup:PLAN, drill:PLAN or workflow:ID. "
            + "retention:POLICY,... applies these policies only.",
        HelpName = "TASK",
    };

    private readonly bool isNew;
    private readonly Option<string[]> labels;

    private readonly Option<string?> misfire = Named(
        "--misfire",
        "What to do about times that passed while nothing could run; run-once without it.",
        Misfires.Keys
    );

    private readonly Option<TimeSpan?> catchUp = FieldOptions.Time(
        "--catch-up",
        "How far back run-all goes; a day without it.",
        mayBeZero: true
    );

    private readonly Option<string?> overlap = Named(
        "--overlap",
        "What to do when a run is due while one goes on; skip without it.",
        Overlaps.Keys
    );

    private readonly Option<string?> key = new("--key")
    {
        Description = "Runs of jobs with the same key are never at the same time.",
        HelpName = "KEY",
    };

    private readonly Option<TimeSpan?> timeout = FieldOptions.Time(
        "--timeout",
        "How long an attempt may take; 1h without it."
    );

    private readonly Option<int?> tries = new Option<int?>("--max-attempts")
    {
        Description = "How many attempts a run has in all; 3 without it.",
        HelpName = "N",
    }.FromOne();

    private readonly Option<TimeSpan?> backoff = FieldOptions.Time(
        "--backoff",
        "Wait before the second attempt, then doubled; 30s without it.",
        mayBeZero: true
    );

    private readonly Option<TimeSpan?> maxBackoff = FieldOptions.Time(
        "--max-backoff",
        "Longest such wait; 1h without it.",
        mayBeZero: true
    );

    private readonly Option<int?> pauseAfter = new("--pause-after")
    {
        Description = "Pause it after so many failed runs in a row; 0: never, as without it.",
        HelpName = "N",
    };

    /// <param name="isNew">The job is to be made: it has no labels to take away.</param>
    public JobOptions(bool isNew)
    {
        this.isNew = isNew;
        labels = PairsOption.Create(
            "--label",
            isNew ? "A label; may be given again." : "A label; KEY= takes one away. May be given again."
        );
    }

    public void AddTo(Command command)
    {
        schedule.AddTo(command);
        Option[] all = [task, title, labels, .. PolicyOptions];
        foreach (var option in all)
            command.Add(option);
    }

    public bool SetsPolicy(ParseResult arguments) => PolicyOptions.Any(option => IsGiven(arguments, option));

    public bool SetsLabels(ParseResult arguments) => IsGiven(arguments, labels);

    /// <summary>Sets what was given; the rest stays.</summary>
    public void ApplyTo(Session session, Job job)
    {
        var arguments = session.Arguments;
        if (arguments.GetValue(title) is { } named)
            job.DisplayName = named;
        ApplyLabels(session, job);
        if (arguments.GetValue(task) is { } wanted)
            job.Task = TaskOf(session, wanted);
        if (schedule.Read(session) is { } when)
            job.Schedule = when;
        if (SetsPolicy(arguments))
            ApplyTo(arguments, job.Policy ??= new());
    }

    private void ApplyLabels(Session session, Job job)
    {
        if (!isNew)
        {
            PairsOption.Apply(session.Arguments.GetValue(labels) ?? [], job.Labels);
            return;
        }

        foreach (var (name, value) in PairsOption.Read(session, labels))
            job.Labels[name] = value;
    }

    private Option[] PolicyOptions => [misfire, catchUp, overlap, key, timeout, tries, backoff, maxBackoff, pauseAfter];

    private void ApplyTo(ParseResult arguments, JobPolicy policy)
    {
        if (arguments.GetValue(misfire) is { } late)
            policy.Misfire = Misfires[late];
        if (arguments.GetValue(overlap) is { } both)
            policy.Overlap = Overlaps[both];
        if (arguments.GetValue(key) is { } shared)
            policy.ConcurrencyKey = shared;
        policy.CatchUpWindow = Set(arguments, catchUp) ?? policy.CatchUpWindow;
        policy.Timeout = Set(arguments, timeout) ?? policy.Timeout;
        policy.InitialBackoff = Set(arguments, backoff) ?? policy.InitialBackoff;
        policy.MaxBackoff = Set(arguments, maxBackoff) ?? policy.MaxBackoff;
        policy.MaxAttempts = arguments.GetValue(tries) ?? policy.MaxAttempts;
        policy.PauseAfterFailures = arguments.GetValue(pauseAfter) ?? policy.PauseAfterFailures;
    }

    private static bool IsGiven(ParseResult arguments, Option option) =>
        arguments.GetResult(option) is { Implicit: false };

    private static JobTask TaskOf(Session session, string text)
    {
        var (kind, of) = text.Split(':', 2) is [var before, var after] ? (before, after) : (text, "");
        string Name(string collection) =>
            of.Length == 0 ? throw Unknown(text) : session.Platform.NameOf(collection, of);
        switch (kind)
        {
            case "retention":
                var retention = new RetentionTask();
                if (of.Length > 0)
                {
                    var names = of.Split(',').Select(id => $"{session.Platform.ProjectName}/retentionPolicies/{id}");
                    retention.Policies.Add(names);
                }

                return new() { Retention = retention };
            case "maintenance" when of.Length == 0:
                return new() { Maintenance = new() };
            case "sync":
                return new() { SyncSource = Name("syncSources") };
            case "backup":
                return new() { BackupPlan = Name("backupPlans") };
            case "drill":
                return new() { RestoreDrill = Name("backupPlans") };
            case "workflow":
                return new() { Workflow = Name("workflows") };
            default:
                throw Unknown(text);
        }
    }

    private static CliException Unknown(string text) =>
        new(
            ExitCode.Usage,
            "USAGE",
            $"--task '{text}' is none; give retention, maintenance, sync:SOURCE, backup:PLAN, drill:PLAN or "
                + "workflow:ID."
        );

    private static Duration? Set(ParseResult arguments, Option<TimeSpan?> option) =>
        arguments.GetValue(option) is { } time ? Duration.FromTimeSpan(time) : null;

    private static Option<string?> Named(string name, string description, IEnumerable<string> values)
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong([.. values]);
        return option;
    }
}

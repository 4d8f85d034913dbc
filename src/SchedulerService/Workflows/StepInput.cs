using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Times;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Action = Dendrite.V1.WorkflowStep.ActionOneofCase;

namespace Dendrite.SchedulerService.Workflows;

/// <summary>Checks what can be checked of a step without looking anything up.</summary>
internal static class StepInput
{
    private const int MaxAttempts = 100;
    private const int MaxStreams = 10_000;
    private const int MaxChecks = 100;
    private const int MaxColumns = 1_000;
    private const int MaxColumnName = 200;

    private static readonly TimeSpan MinTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(30);

    /// <param name="at">The proto path of the step.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public static void Check(WorkflowStep step, string at, ProjectName project)
    {
        ResourceId.Check(step.StepId, $"{at}.step_id");
        if (step.MaxAttempts is < 0 or > MaxAttempts)
            throw DendriteException.Invalid(
                $"{at}.max_attempts",
                $"is {step.MaxAttempts}; from 0 to {MaxAttempts} are allowed"
            );
        if (step.Timeout is { } timeout)
            Durations.Read(timeout, $"{at}.timeout", MinTimeout, MaxTimeout);
        CheckAction(step, at, project);
    }

    private static void CheckAction(WorkflowStep step, string at, ProjectName project)
    {
        switch (step.ActionCase)
        {
            case Action.Fork:
                CheckFork(step.Fork, $"{at}.fork", project);
                break;
            case Action.SyncSource:
                var source = SyncSourceName.Parse(step.SyncSource, $"{at}.sync_source");
                CheckOwn(source.Project, $"{at}.sync_source", project);
                break;
            case Action.WaitForStreams:
                if (step.WaitForStreams.StreamCount is < 1 or > MaxStreams)
                    throw DendriteException.Invalid(
                        $"{at}.wait_for_streams.stream_count",
                        $"is {step.WaitForStreams.StreamCount}; from 1 to {MaxStreams} are allowed"
                    );
                break;
            case Action.Checks:
                CheckChecks(step.Checks, $"{at}.checks.checks", project);
                break;
            case Action.Merge:
                CheckMerge(step.Merge, $"{at}.merge", project);
                break;
            case Action.TagId:
                NamingTemplate.Parse(step.TagId, $"{at}.tag_id");
                break;
            case Action.Complete:
                break;
            default:
                throw DendriteException.Invalid(
                    at,
                    "does nothing; give one of fork, sync_source, wait_for_streams, checks, merge, complete and tag_id"
                );
        }
    }

    private static void CheckFork(ForkStep fork, string at, ProjectName project)
    {
        if (fork.Source is { } source)
            SnapshotPoints.Read(source, project.Project, $"{at}.source");
        NamingTemplate.CheckValues(fork.TemplateValues, $"{at}.template_values");
    }

    private static void CheckChecks(ChecksStep step, string at, ProjectName project)
    {
        if (step.Checks.Count > MaxChecks)
            throw DendriteException.Invalid(at, $"has {step.Checks.Count} names; at most {MaxChecks} are allowed");
        for (var i = 0; i < step.Checks.Count; i++)
        {
            CheckOwn(QualityCheckName.Parse(step.Checks[i], $"{at}[{i}]").Project, $"{at}[{i}]", project);
            if (step.Checks.Take(i).Contains(step.Checks[i]))
                throw DendriteException.Invalid($"{at}[{i}]", "is listed twice; leave it out");
        }
    }

    private static void CheckMerge(MergeStep merge, string at, ProjectName project)
    {
        if (merge.Target.Length > 0)
            CheckOwn(BranchName.Parse(merge.Target, $"{at}.target").Project, $"{at}.target", project);
        if (merge.Policy is not { } policy)
            return;
        if (!Enum.IsDefined(policy.Strategy))
            throw DendriteException.Invalid(
                $"{at}.policy.strategy",
                $"{(int)policy.Strategy} is not known; give FAIL, TAKE_SOURCE or TAKE_TARGET"
            );
        if (policy.Resolutions.Count > 0)
            throw DendriteException.Invalid(
                $"{at}.policy.resolutions",
                "decides conflicts of a branch that is not made yet; give a strategy, or rules for columns"
            );
        if (policy.Columns.Count > MaxColumns)
            throw DendriteException.Invalid(
                $"{at}.policy.columns",
                $"has {policy.Columns.Count} entries; at most {MaxColumns} are allowed"
            );
        for (var i = 0; i < policy.Columns.Count; i++)
            CheckColumn(policy.Columns[i], $"{at}.policy.columns[{i}]");
    }

    private static void CheckColumn(ColumnMerge column, string at)
    {
        ResourceId.Check(column.DatasetId, $"{at}.dataset_id");
        if (RequestFields.Text(column.Column, $"{at}.column", MaxColumnName).Length == 0)
            throw DendriteException.Invalid($"{at}.column", "is empty; name a column");
        if (!Enum.IsDefined(column.Strategy) || column.Strategy == ColumnMergeStrategy.Unspecified)
            throw DendriteException.Invalid($"{at}.strategy", "is missing or not known; say what to do");
    }

    private static void CheckOwn(string found, string field, ProjectName project)
    {
        if (found != project.Project)
            throw DendriteException.Invalid(
                field,
                $"is of project '{found}'; nothing crosses between projects: name one of {project}"
            );
    }
}

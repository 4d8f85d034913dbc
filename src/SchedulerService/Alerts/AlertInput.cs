using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Times;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Alerts;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Reads the fields of an alert rule that came in a request. What it says fits together when it is read;
/// whether it fits the installation is judged by <see cref="AlertChecks"/>.</summary>
internal static class AlertInput
{
    private const string Rule = "alert_rule";
    private const int MaxDisplayName = 200;
    private const double MaxThreshold = 1e12;

    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(30);

    private static readonly Dictionary<AlertMetric, WatchedFigure> Metrics = System
        .Enum.GetValues<WatchedFigure>()
        .ToDictionary(AlertMapper.ToContract);

    private static readonly UpdatableFields<AlertRule, AlertRuleRecord> Fields = new()
    {
        {
            "display_name",
            fields => fields.DisplayName.Length > 0,
            (rule, fields) =>
                rule with
                {
                    DisplayName = RequestFields.Text(fields.DisplayName, $"{Rule}.display_name", MaxDisplayName),
                }
        },
        {
            "metric",
            fields => fields.Metric != AlertMetric.Unspecified,
            (rule, fields) => rule with { Metric = ReadMetric(fields.Metric) }
        },
        { "job", fields => fields.Job.Length > 0, (rule, fields) => rule with { Job = fields.Job } },
        {
            "comparison",
            fields => fields.Comparison != AlertComparison.Unspecified,
            (rule, fields) => rule with { IsAbove = ReadComparison(fields.Comparison) }
        },
        { "threshold", fields => fields.Threshold != 0, (rule, fields) => rule with { Threshold = fields.Threshold } },
        {
            "hold",
            fields => fields.Hold is not null,
            (rule, fields) => rule with { Hold = ReadHold(fields.Hold, "hold") ?? TimeSpan.Zero }
        },
        {
            "recovery_hold",
            fields => fields.RecoveryHold is not null,
            (rule, fields) => rule with { RecoveryHold = ReadHold(fields.RecoveryHold, "recovery_hold") }
        },
        {
            "channels",
            fields => fields.Channels.Count > 0,
            (rule, fields) => rule with { ChannelsJson = ChannelInput.Read(fields.Channels) }
        },
        {
            "quiet_hours",
            fields => fields.QuietHours.Length > 0,
            (rule, fields) => rule with { QuietHours = fields.QuietHours }
        },
        {
            "time_zone",
            fields => fields.TimeZone.Length > 0,
            (rule, fields) => rule with { TimeZone = fields.TimeZone }
        },
        { "disabled", fields => fields.Disabled, (rule, fields) => rule with { IsDisabled = fields.Disabled } },
    };

    /// <summary>A new rule.</summary>
    /// <param name="project">Id of the project that it is in.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static AlertRuleRecord New(string id, AlertRule fields, string project)
    {
        var unset = new AlertRuleRecord(0, id)
        {
            Revision = 0,
            Metric = default,
            IsAbove = false,
            Threshold = 0,
        };
        return Fitting(Fields.ReadAll(unset, fields), project, isJobSet: true);
    }

    /// <summary>The rule as it is after a change.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT; INVALID_UPDATE_MASK.</exception>
    public static AlertRuleRecord Changed(AlertRuleRecord current, AlertRule fields, FieldMask? mask, string project)
    {
        var paths = Fields.Paths(fields, mask);
        return Fitting(Fields.Read(current, fields, paths), project, paths.Contains("job"));
    }

    private static AlertRuleRecord Fitting(AlertRuleRecord rule, string project, bool isJobSet)
    {
        CheckThreshold(rule);
        QuietHours.Parse(rule.QuietHours, rule.TimeZone);
        // One that was read before is an id already.
        var named = isJobSet ? rule with { Job = ReadJob(rule.Job, project) } : rule;
        if (Figures.IsEvent(named.Metric))
            CheckEvent(named);
        return Figures.IsOfInstallation(named.Metric) && named.Job.Length > 0
            ? throw Invalid("job", "is given, and the metric is of the whole installation; leave it empty")
            : named;
    }

    private static void CheckEvent(AlertRuleRecord rule)
    {
        if (rule.Job.Length > 0)
            throw Invalid("job", "is given, and the metric is of no job; leave it empty");
        if (!rule.IsAbove)
            throw Invalid("comparison", "is BELOW, and what has not happened is told to nobody; give ABOVE");
        if (rule.RecoveryHold is not null)
            throw Invalid("recovery_hold", "is given, and a warning is told once and never over; leave it empty");
    }

    private static WatchedFigure ReadMetric(AlertMetric metric) =>
        metric is AlertMetric.Unspecified
            ? throw Invalid("metric", "is missing; say what is watched, such as SUCCESS_RATIO")
        : Metrics.TryGetValue(metric, out var known) ? known
        : throw Invalid("metric", $"{(int)metric} is no metric; give one of the contract's");

    private static bool ReadComparison(AlertComparison comparison) =>
        comparison switch
        {
            AlertComparison.Above => true,
            AlertComparison.Below => false,
            AlertComparison.Unspecified => throw Invalid("comparison", "is missing; give ABOVE or BELOW"),
            _ => throw Invalid("comparison", $"{(int)comparison} is no comparison; give ABOVE or BELOW"),
        };

    private static void CheckThreshold(AlertRuleRecord rule)
    {
        var most = Figures.IsRatio(rule.Metric) ? 1 : MaxThreshold;
        if (!(rule.Threshold >= 0 && rule.Threshold <= most))
        {
            throw Invalid(
                "threshold",
                FormattableString.Invariant($"is {rule.Threshold}; from 0 to {most} is allowed")
            );
        }

        if (rule.IsAbove ? rule.Threshold >= most : rule.Threshold <= 0)
        {
            var side = rule.IsAbove ? "above" : "below";
            throw Invalid(
                "threshold",
                FormattableString.Invariant(
                    $"is {rule.Threshold}, and the metric is never {side} that; it would never alert"
                )
            );
        }
    }

    private static TimeSpan? ReadHold(Duration? hold, string path) =>
        hold is null ? null : Durations.Read(hold, $"{Rule}.{path}", TimeSpan.Zero, LongestHold);

    private static string ReadJob(string job, string project)
    {
        if (job.Length == 0)
        {
            return "";
        }

        var name = JobName.Parse(job, $"{Rule}.job");
        return name.Project == project
            ? name.Job
            : throw Invalid("job", $"is of project '{name.Project}'; a rule watches jobs of its own project");
    }

    private static DendriteException Invalid(string path, string problem) =>
        DendriteException.Invalid($"{Rule}.{path}", problem);
}

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

    private static readonly Dictionary<string, Func<AlertRuleRecord, AlertRule, AlertRuleRecord>> Paths = new()
    {
        ["display_name"] = (rule, fields) =>
            rule with
            {
                DisplayName = RequestFields.Text(fields.DisplayName, $"{Rule}.display_name", MaxDisplayName),
            },
        ["metric"] = (rule, fields) => rule with { Metric = ReadMetric(fields.Metric) },
        ["job"] = (rule, fields) => rule with { Job = fields.Job },
        ["comparison"] = (rule, fields) => rule with { IsAbove = ReadComparison(fields.Comparison) },
        ["threshold"] = (rule, fields) => rule with { Threshold = fields.Threshold },
        ["hold"] = (rule, fields) => rule with { Hold = ReadHold(fields.Hold, "hold") ?? TimeSpan.Zero },
        ["recovery_hold"] = (rule, fields) =>
            rule with
            {
                RecoveryHold = ReadHold(fields.RecoveryHold, "recovery_hold"),
            },
        ["channels"] = (rule, fields) => rule with { ChannelsJson = ChannelInput.Read(fields.Channels) },
        ["quiet_hours"] = (rule, fields) => rule with { QuietHours = fields.QuietHours },
        ["time_zone"] = (rule, fields) => rule with { TimeZone = fields.TimeZone },
        ["disabled"] = (rule, fields) => rule with { IsDisabled = fields.Disabled },
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
        return Fitting(Paths.Values.Aggregate(unset, (rule, read) => read(rule, fields)), project, Paths.Keys);
    }

    /// <summary>The rule as it is after a change.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT; INVALID_UPDATE_MASK.</exception>
    public static AlertRuleRecord Changed(AlertRuleRecord current, AlertRule fields, FieldMask? mask, string project)
    {
        var updatable = new Dictionary<string, bool>
        {
            ["display_name"] = fields.DisplayName.Length > 0,
            ["metric"] = fields.Metric != AlertMetric.Unspecified,
            ["job"] = fields.Job.Length > 0,
            ["comparison"] = fields.Comparison != AlertComparison.Unspecified,
            ["threshold"] = fields.Threshold != 0,
            ["hold"] = fields.Hold is not null,
            ["recovery_hold"] = fields.RecoveryHold is not null,
            ["channels"] = fields.Channels.Count > 0,
            ["quiet_hours"] = fields.QuietHours.Length > 0,
            ["time_zone"] = fields.TimeZone.Length > 0,
            ["disabled"] = fields.Disabled,
        };
        var paths = UpdateMask.Paths(mask, updatable);
        return Fitting(paths.Aggregate(current, (rule, path) => Paths[path](rule, fields)), project, paths);
    }

    private static AlertRuleRecord Fitting(AlertRuleRecord rule, string project, IEnumerable<string> paths)
    {
        CheckThreshold(rule);
        QuietHours.Parse(rule.QuietHours, rule.TimeZone);
        // One that was read before is an id already.
        var named = paths.Contains("job") ? rule with { Job = ReadJob(rule.Job, project) } : rule;
        return Figures.IsOfInstallation(named.Metric) && named.Job.Length > 0
            ? throw Invalid("job", "is given, and the metric is of the whole installation; leave it empty")
            : named;
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

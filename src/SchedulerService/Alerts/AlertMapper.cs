using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Alerts;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>From what is stored to the contract.</summary>
internal static class AlertMapper
{
    public static AlertMetric ToContract(WatchedFigure metric) =>
        metric switch
        {
            WatchedFigure.SuccessRatio => AlertMetric.SuccessRatio,
            WatchedFigure.RunSeconds => AlertMetric.RunSeconds,
            WatchedFigure.SecondsSinceSuccess => AlertMetric.SecondsSinceSuccess,
            WatchedFigure.StartDelaySeconds => AlertMetric.StartDelaySeconds,
            WatchedFigure.QueuedRuns => AlertMetric.QueuedRuns,
            WatchedFigure.DiskUsedRatio => AlertMetric.DiskUsedRatio,
            WatchedFigure.BloatRatio => AlertMetric.BloatRatio,
            WatchedFigure.WarnedBranches => AlertMetric.WarnedBranches,
            WatchedFigure.DiskFullDays => AlertMetric.DiskFullDays,
            WatchedFigure.FreezeRatio => AlertMetric.FreezeRatio,
            _ => AlertMetric.Unspecified,
        };

    public static AlertRule ToContract(AlertRuleRecord rule, string project)
    {
        var contract = new AlertRule
        {
            Name = new AlertRuleName(project, rule.Name).ToString(),
            DisplayName = rule.DisplayName,
            Metric = ToContract(rule.Metric),
            Job = rule.Job.Length > 0 ? new JobName(project, rule.Job).ToString() : "",
            Comparison = rule.IsAbove ? AlertComparison.Above : AlertComparison.Below,
            Threshold = rule.Threshold,
            Hold = Duration.FromTimeSpan(rule.Hold),
            RecoveryHold = rule.RecoveryHold is { } hold ? Duration.FromTimeSpan(hold) : null,
            QuietHours = rule.QuietHours,
            TimeZone = rule.TimeZone,
            Disabled = rule.IsDisabled,
            CreateTime = Timestamps.Of(rule.CreateTime),
            UpdateTime = Timestamps.Of(rule.UpdateTime),
            Etag = Etag.Of(rule.Revision),
        };
        contract.Channels.AddRange(AlertChannels.Parse(rule.ChannelsJson));
        return contract;
    }

    public static Alert ToContract(AlertRecord alert, string project) =>
        new()
        {
            AlertId = alert.Id.ToString(),
            Rule = new AlertRuleName(project, alert.Rule).ToString(),
            Summary = alert.Summary,
            Value = alert.Value,
            StartTime = Timestamps.Of(alert.StartTime),
            EndTime = Timestamps.Of(alert.EndTime),
            DeliveredCount = alert.Sent,
            FailedDeliveryCount = alert.Failed,
        };

    /// <summary>What every message about a rule says.</summary>
    public static AlertMessage MessageOf(string project, AlertRuleRecord rule) =>
        new(
            "test",
            new AlertRuleName(project, rule.Name).ToString(),
            rule.DisplayName.Length > 0 ? rule.DisplayName : rule.Name,
            "this is a trial message; nothing is wrong"
        )
        {
            Metric = NameOf(rule.Metric),
            Job = rule.Job.Length > 0 ? new JobName(project, rule.Job).ToString() : "",
            Comparison = rule.IsAbove ? "ABOVE" : "BELOW",
            Threshold = rule.Threshold,
        };

    /// <summary>As the contract has it without its prefix: <c>SUCCESS_RATIO</c>.</summary>
    private static string NameOf(WatchedFigure metric) =>
        string.Concat(
            metric
                .ToString()
                .Select(
                    (letter, i) => i > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{char.ToUpperInvariant(letter)}"
                )
        );
}

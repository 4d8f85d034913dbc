using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Alerts;

/// <summary>How rules and alerts look.</summary>
internal static class AlertView
{
    /// <summary>As they are written on the command line.</summary>
    public static IReadOnlyDictionary<string, AlertMetric> Metrics { get; } =
        new Dictionary<string, AlertMetric>
        {
            ["success-ratio"] = AlertMetric.SuccessRatio,
            ["run-seconds"] = AlertMetric.RunSeconds,
            ["seconds-since-success"] = AlertMetric.SecondsSinceSuccess,
            ["start-delay-seconds"] = AlertMetric.StartDelaySeconds,
            ["queued-runs"] = AlertMetric.QueuedRuns,
            ["disk-used-ratio"] = AlertMetric.DiskUsedRatio,
            ["bloat-ratio"] = AlertMetric.BloatRatio,
            ["warned-branches"] = AlertMetric.WarnedBranches,
            ["disk-full-days"] = AlertMetric.DiskFullDays,
            ["freeze-ratio"] = AlertMetric.FreezeRatio,
        };

    public static void Write(CliOutput output, AlertRule rule)
    {
        if (output.IsJson)
        {
            output.WriteMessage(rule);
            return;
        }

        var title = Shown.TitleAfter(rule.DisplayName);
        output.WriteLine($"rule {IdOf(rule.Name)}{(rule.Disabled ? " (disabled)" : "")}{title}");
        output.WriteLine($"  alerts    {Condition(rule)}");
        output.WriteLine($"  holds     {Span(rule.Hold)}, over {Over(rule.RecoveryHold ?? rule.Hold)}");
        foreach (var channel in rule.Channels)
        {
            output.WriteLine($"  tells     {Channel(channel)}");
        }

        if (rule.QuietHours.Length > 0)
        {
            output.WriteLine($"  quiet     {rule.QuietHours} {(rule.TimeZone.Length > 0 ? rule.TimeZone : "UTC")}");
        }

        output.WriteLine($"  etag      {rule.Etag}");
    }

    public static void Write(CliOutput output, ListAlertRulesResponse rules)
    {
        if (output.IsJson)
        {
            output.WriteMessage(rules);
            return;
        }

        if (rules.AlertRules.Count == 0)
        {
            output.WriteLine(
                "There is no rule: nobody is told of anything. Make one with 'dendrite alert rule create'."
            );
            return;
        }

        var table = new TextTable("RULE", "ALERTS WHEN", "FOR", "STATE", "TELLS");
        foreach (var rule in rules.AlertRules)
        {
            table.Add(
                IdOf(rule.Name),
                Condition(rule),
                Span(rule.Hold),
                rule.Disabled ? "disabled" : "on",
                string.Join(", ", rule.Channels.Select(Channel))
            );
        }

        table.WriteTo(output);
    }

    public static void Write(CliOutput output, ListAlertsResponse alerts)
    {
        if (output.IsJson)
        {
            output.WriteMessage(alerts);
            return;
        }

        if (alerts.Alerts.Count == 0)
        {
            output.WriteLine("No alert.");
            return;
        }

        var table = new TextTable("BEGAN", "ENDED", "RULE", "TOLD", "FAILED", "WHAT");
        foreach (var alert in alerts.Alerts)
        {
            table.Add(
                Shown.Time(alert.StartTime),
                alert.EndTime is null ? "lasts" : Shown.Time(alert.EndTime),
                IdOf(alert.Rule),
                alert.DeliveredCount.ToString(CultureInfo.InvariantCulture),
                alert.FailedDeliveryCount.ToString(CultureInfo.InvariantCulture),
                alert.Summary
            );
        }

        table.WriteTo(output);
        output.NoteMore(alerts.NextPageToken);
    }

    public static void Write(CliOutput output, AlertRule rule, TestAlertRuleResponse response)
    {
        if (output.IsJson)
        {
            output.WriteMessage(response);
            return;
        }

        var table = new TextTable("CHANNEL", "ANSWER");
        foreach (var (channel, status) in rule.Channels.Zip(response.Deliveries))
        {
            table.Add(Channel(channel), status.Code == 0 ? "sent" : $"failed: {status.Message}");
        }

        table.WriteTo(output);
    }

    private static string Condition(AlertRule rule)
    {
        var metric = Metrics.FirstOrDefault(each => each.Value == rule.Metric).Key ?? rule.Metric.ToString();
        var side = rule.Comparison is AlertComparison.Above ? "above" : "below";
        var job = rule.Job.Length > 0 ? $" of job {IdOf(rule.Job)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{metric}{job} {side} {rule.Threshold}");
    }

    private static string Channel(AlertChannel channel) =>
        channel.ChannelCase switch
        {
            AlertChannel.ChannelOneofCase.Webhook => channel.Webhook.Url,
            AlertChannel.ChannelOneofCase.Email => channel.Email,
            _ => $"chat by secret {channel.ChatSecret}",
        };

    private static string Span(Duration? span) =>
        span is null || span.ToTimeSpan() == TimeSpan.Zero ? "at once" : Shown.Span(span);

    private static string Over(Duration? span) => Span(span) is "at once" ? "at once" : $"after {Span(span)}";

    private static string IdOf(string name) => name[(name.LastIndexOf('/') + 1)..];
}

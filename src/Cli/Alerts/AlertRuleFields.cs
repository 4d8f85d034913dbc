using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Alerts;

/// <summary>
/// The fields of a rule as options: what is not given is left as the server has it, or as it is.
/// </summary>
internal sealed class AlertRuleFields
{
    private readonly Option<string?> metric = FieldOptions.Text("--metric", "METRIC", "What is watched.");

    private readonly Option<double?> above = FieldOptions.Number("--above", "Alert above this, in the metric's unit.");

    private readonly Option<double?> below = FieldOptions.Number("--below", "Alert below this, in the metric's unit.");

    private readonly Option<string?> job = FieldOptions.Text(
        "--job",
        "JOB",
        "Id of the job that it is about; without it all of them."
    );

    private readonly Option<TimeSpan?> hold = FieldOptions.Time(
        "--hold",
        "For how long it must hold before it alerts, such as 10m; 0s: at once.",
        mayBeZero: true
    );

    private readonly Option<TimeSpan?> recovery = FieldOptions.Time(
        "--recovery-hold",
        "For how long it must not hold before it is over; as --hold without it.",
        mayBeZero: true
    );

    private readonly AlertChannelOptions channels = new();

    private readonly Option<string?> quiet = FieldOptions.Text(
        "--quiet-hours",
        "HH:MM-HH:MM",
        "When messages are kept back, such as 22:00-07:00; empty: never."
    );

    private readonly Option<string?> zone = FieldOptions.Text(
        "--time-zone",
        "ZONE",
        "Of the quiet hours; UTC without it."
    );

    private readonly Option<bool?> disabled = FieldOptions.YesOrNo("--disabled", "Whether it is kept and not watched.");

    private readonly Option<string?> title = FieldOptions.Title();

    /// <param name="isNew">Whether it must say what is watched.</param>
    public AlertRuleFields(bool isNew)
    {
        metric.AcceptOnlyFromAmong([.. AlertView.Metrics.Keys]);
        metric.Required = isNew;
    }

    public Option[] All => [metric, above, below, job, hold, recovery, .. channels.All, quiet, zone, disabled, title];

    /// <summary>What was given.</summary>
    /// <exception cref="CliException">Options that exclude each other.</exception>
    public (AlertRule Rule, GivenFields Given) Read(Session session)
    {
        var (rule, given) = (new AlertRule(), new GivenFields(session.Arguments));
        given.Take(metric, "metric", name => rule.Metric = AlertView.Metrics[name]);
        ReadThreshold(session, rule, given);
        given.Take(job, "job", id => rule.Job = id.Length > 0 ? session.Platform.JobName(id) : "");
        given.Take(hold, "hold", length => rule.Hold = length);
        given.Take(recovery, "recovery_hold", length => rule.RecoveryHold = length);
        rule.Channels.AddRange(channels.Read(session.Arguments));
        if (rule.Channels.Count > 0)
            given.Add("channels");
        given.Take(quiet, "quiet_hours", hours => rule.QuietHours = hours);
        given.Take(zone, "time_zone", name => rule.TimeZone = name);
        given.Take(disabled, "disabled", isDisabled => rule.Disabled = isDisabled);
        given.Take(title, "display_name", name => rule.DisplayName = name);
        return (rule, given);
    }

    private void ReadThreshold(Session session, AlertRule rule, GivenFields given)
    {
        var (over, under) = (session.Arguments.GetValue(above), session.Arguments.GetValue(below));
        if (over is not null && under is not null)
            throw new CliException(ExitCode.Usage, "USAGE", "--above and --below exclude each other.");
        if ((over ?? under) is not { } threshold)
            return;
        rule.Threshold = threshold;
        rule.Comparison = over is null ? AlertComparison.Below : AlertComparison.Above;
        given.Add("comparison");
        given.Add("threshold");
    }
}

using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Option = System.CommandLine.Option;

namespace Dendrite.Cli.Alerts;

/// <summary>
/// <c>dendrite alert rule create</c> and <c>update</c>: what is not given is left as the server has it, or as it is.
/// </summary>
internal sealed class AlertRuleFields
{
    private readonly Option<string?> metric = Text("--metric", "METRIC", "What is watched.");
    private readonly Option<double?> above = Number("--above", "Alert above this, in the metric's unit.");
    private readonly Option<double?> below = Number("--below", "Alert below this, in the metric's unit.");
    private readonly Option<string?> job = Text(
        "--job",
        "JOB",
        "Id of the job that it is about; without it all of them."
    );
    private readonly Option<TimeSpan?> hold = Time(
        "--hold",
        "For how long it must hold before it alerts, such as 10m."
    );

    private readonly Option<TimeSpan?> recovery = Time(
        "--recovery-hold",
        "For how long it must not hold before it is over; as --hold without it."
    );

    private readonly AlertChannelOptions channels = new();

    private readonly Option<string?> quiet = Text(
        "--quiet-hours",
        "HH:MM-HH:MM",
        "When messages are kept back, such as 22:00-07:00; empty: never."
    );

    private readonly Option<string?> zone = Text("--time-zone", "ZONE", "Of the quiet hours; UTC without it.");

    private readonly Option<bool?> disabled = new("--disabled")
    {
        Description = "Whether it is kept and not watched. Given alone: true.",
        HelpName = "true|false",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> title = Text("--title", "TEXT", "A title for people.");

    private AlertRuleFields() => metric.AcceptOnlyFromAmong([.. AlertView.Metrics.Keys]);

    private Option[] All => [metric, above, below, job, hold, recovery, .. channels.All, quiet, zone, disabled, title];

    public static Command Create(CliApplication application)
    {
        var (id, fields) = (AlertRuleCommands.IdArgument(), new AlertRuleFields());
        var command = new Command("create", "Make a rule: whoever it names is told when it holds, and when it is over.")
        {
            id,
        };
        Array.ForEach(fields.All, command.Add);
        fields.metric.Required = true;
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (rule, _) = fields.Read(session);
                var response = await session.Platform.Alerts.CreateAlertRuleAsync(
                    new()
                    {
                        Parent = session.Platform.ProjectName,
                        AlertRuleId = session.Arguments.GetRequiredValue(id),
                        AlertRule = rule,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                AlertView.Write(session.Output, response.AlertRule);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Update(CliApplication application)
    {
        var (id, fields) = (AlertRuleCommands.IdArgument(), new AlertRuleFields());
        var etag = Text("--etag", "ETAG", "Change it only where it still has this etag.");
        var command = new Command("update", "Change what is given of a rule, and nothing else.") { id, etag };
        Array.ForEach(fields.All, command.Add);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (rule, mask) = fields.Read(session);
                if (mask.Paths.Count == 0)
                    throw new CliException(ExitCode.Usage, "USAGE", "Nothing to change: give at least one option.");
                rule.Name = session.Platform.AlertRuleName(session.Arguments.GetRequiredValue(id));
                rule.Etag = session.Arguments.GetValue(etag) ?? "";
                var response = await session.Platform.Alerts.UpdateAlertRuleAsync(
                    new()
                    {
                        AlertRule = rule,
                        UpdateMask = mask,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                AlertView.Write(session.Output, response.AlertRule);
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>What was given, and the paths of that.</summary>
    private (AlertRule Rule, FieldMask Mask) Read(Session session)
    {
        var given = session.Arguments;
        var (over, under) = (given.GetValue(above), given.GetValue(below));
        if (over is not null && under is not null)
            throw new CliException(ExitCode.Usage, "USAGE", "--above and --below exclude each other.");
        var rule = new AlertRule
        {
            Metric = given.GetValue(metric) is { } name ? AlertView.Metrics[name] : AlertMetric.Unspecified,
            Comparison =
                over is not null ? AlertComparison.Above
                : under is not null ? AlertComparison.Below
                : AlertComparison.Unspecified,
            Threshold = over ?? under ?? 0,
            Job = given.GetValue(job) is { Length: > 0 } id ? session.Platform.JobName(id) : "",
            Hold = Duration(given.GetValue(hold)),
            RecoveryHold = Duration(given.GetValue(recovery)),
            QuietHours = given.GetValue(quiet) ?? "",
            TimeZone = given.GetValue(zone) ?? "",
            Disabled = given.GetValue(disabled) ?? false,
            DisplayName = given.GetValue(title) ?? "",
        };
        rule.Channels.AddRange(channels.Read(given));
        (string Path, bool IsGiven)[] paths =
        [
            ("metric", given.GetValue(metric) is not null),
            ("comparison", rule.Comparison is not AlertComparison.Unspecified),
            ("threshold", rule.Comparison is not AlertComparison.Unspecified),
            ("job", given.GetValue(job) is not null),
            ("hold", rule.Hold is not null),
            ("recovery_hold", rule.RecoveryHold is not null),
            ("channels", rule.Channels.Count > 0),
            ("quiet_hours", given.GetValue(quiet) is not null),
            ("time_zone", given.GetValue(zone) is not null),
            ("disabled", given.GetValue(disabled) is not null),
            ("display_name", given.GetValue(title) is not null),
        ];
        var mask = new FieldMask();
        mask.Paths.Add(paths.Where(path => path.IsGiven).Select(path => path.Path));
        return (rule, mask);
    }

    private static Duration? Duration(TimeSpan? span) =>
        span is { } set ? Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(set) : null;

    private static Option<string?> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };

    private static Option<double?> Number(string name, string description) =>
        new(name) { Description = description, HelpName = "N" };

    private static Option<TimeSpan?> Time(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = DurationArgument.Parse,
        };
}

using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Alerts;

/// <summary><c>dendrite alert rule create | list | show | update | delete | test</c>.</summary>
internal static class AlertRuleCommands
{
    public static Command Build(CliApplication application)
    {
        var rules = new ResourceCommands(application, IdArgument, (platform, id) => platform.AlertRuleName(id));
        return new("rule", "Say what is watched, and who is told.")
        {
            List(rules),
            Create(rules),
            Show(rules),
            Update(rules),
            Delete(rules),
            Test(application),
        };
    }

    private static Argument<string> IdArgument() => new("RULE") { Description = "Id of the rule." };

    private static Command List(ResourceCommands rules) =>
        rules.List(
            "List the rules of the project.",
            (project, size) => new ListAlertRulesRequest { Parent = project, PageSize = size },
            (platform, asked, token) => platform.Alerts.ListAlertRulesAsync(asked, cancellationToken: token),
            AlertView.Write
        );

    private static Command Create(ResourceCommands rules)
    {
        var fields = new AlertRuleFields(isNew: true);
        return rules.Create(
            "Make a rule: whoever it names is told when it holds, and when it is over.",
            fields.All,
            async (session, id, token) =>
            {
                var request = new CreateAlertRuleRequest
                {
                    Parent = session.Platform.ProjectName,
                    AlertRuleId = id,
                    AlertRule = fields.Read(session).Rule,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Alerts.CreateAlertRuleAsync(request, cancellationToken: token);
            },
            (output, made) => AlertView.Write(output, made.AlertRule)
        );
    }

    private static Command Show(ResourceCommands rules) =>
        rules.Show(
            "Show a rule.",
            (platform, name, token) =>
                platform.Alerts.GetAlertRuleAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => AlertView.Write(output, found.AlertRule)
        );

    private static Command Update(ResourceCommands rules)
    {
        var fields = new AlertRuleFields(isNew: false);
        return rules.Update(
            "Change what is given of a rule, and nothing else.",
            fields.All,
            async (session, target, token) =>
            {
                var (rule, given) = fields.Read(session);
                (rule.Name, rule.Etag) = (target.Name, target.Etag);
                var request = new UpdateAlertRuleRequest
                {
                    AlertRule = rule,
                    UpdateMask = given.Mask,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Alerts.UpdateAlertRuleAsync(request, cancellationToken: token);
            },
            (output, changed) => AlertView.Write(output, changed.AlertRule)
        );
    }

    private static Command Delete(ResourceCommands rules) =>
        rules.Delete(
            "Delete a rule; its alerts stay, and one that lasts ends.",
            (platform, target, token) =>
                platform.Alerts.DeleteAlertRuleAsync(
                    new()
                    {
                        Name = target.Name,
                        AllowMissing = target.AllowMissing,
                        RequestId = target.RequestId,
                    },
                    cancellationToken: token
                )
        );

    private static Command Test(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("test", "Send a trial message by each channel; exit code 1 where one fails.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.AlertRuleName(session.Arguments.GetRequiredValue(id));
                var rule = await session.Platform.Alerts.GetAlertRuleAsync(
                    new() { Name = name },
                    cancellationToken: cancellationToken
                );
                var response = await session.Platform.Alerts.TestAlertRuleAsync(
                    new() { Name = name, RequestId = session.NewRequestId() },
                    cancellationToken: cancellationToken
                );
                AlertView.Write(session.Output, rule.AlertRule, response);
                return response.Deliveries.All(each => each.Code == 0) ? ExitCode.Success : ExitCode.Failure;
            }
        );
        return command;
    }
}

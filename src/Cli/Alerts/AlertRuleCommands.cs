using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Alerts;

/// <summary><c>dendrite alert rule create | list | show | update | delete | test</c>.</summary>
internal static class AlertRuleCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("rule", "Say what is watched, and who is told.")
        {
            List(application),
            AlertRuleFields.Create(application),
            Show(application),
            AlertRuleFields.Update(application),
            Delete(application),
            Test(application),
        };

    public static Argument<string> IdArgument() => new("RULE") { Description = "Id of the rule." };

    private static Command List(CliApplication application)
    {
        var command = new Command("list", "List the rules of the project.");
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var all = await Pages.ReadAllAsync(
                    new ListAlertRulesRequest { Parent = session.Platform.ProjectName, PageSize = PageSize },
                    (asked, token) => session.Platform.Alerts.ListAlertRulesAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                AlertView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("show", "Show a rule.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Alerts.GetAlertRuleAsync(
                    new() { Name = session.Platform.AlertRuleName(session.Arguments.GetRequiredValue(id)) },
                    cancellationToken: cancellationToken
                );
                AlertView.Write(session.Output, response.AlertRule);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var id = IdArgument();
        var missingOk = new Option<bool>("--missing-ok") { Description = "One that does not exist is no error." };
        var command = new Command("delete", "Delete a rule; its alerts stay, and one that lasts ends.")
        {
            id,
            missingOk,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Alerts.DeleteAlertRuleAsync(
                    new()
                    {
                        Name = session.Platform.AlertRuleName(session.Arguments.GetRequiredValue(id)),
                        AllowMissing = session.Arguments.GetValue(missingOk),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                AlertView.WriteDeleted(session.Output, response);
                return ExitCode.Success;
            }
        );
        return command;
    }

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

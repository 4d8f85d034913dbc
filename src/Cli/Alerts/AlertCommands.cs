using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Jobs;
using Dendrite.V1;

namespace Dendrite.Cli.Alerts;

/// <summary><c>dendrite alert rule … | list | health</c>.</summary>
internal static class AlertCommands
{
    private const int DefaultLimit = 100;
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("alert", "Be told when something is not as it should be.")
        {
            AlertRuleCommands.Build(application),
            List(application),
            JobCommands.Health(application),
        };

    private static Command List(CliApplication application)
    {
        var filter = new Option<string?>("--filter")
        {
            Description = "Over rule, start_time and end_time, such as 'NOT end_time:*' for those that last.",
            HelpName = "FILTER",
        };
        var limit = new Option<int>("--limit")
        {
            Description = $"At most so many; {DefaultLimit} without it.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultLimit,
        };
        limit.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() < 1)
                given.AddError("--limit must be at least 1.");
        });
        var command = new Command("list", "List alerts, the newest first.") { filter, limit };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var alerts = new ListAlertsResponse();
                var wanted = session.Arguments.GetValue(limit);
                do
                {
                    var page = await session.Platform.Alerts.ListAlertsAsync(
                        new()
                        {
                            Parent = session.Platform.ProjectName,
                            Filter = session.Arguments.GetValue(filter) ?? "",
                            PageSize = Math.Min(PageSize, wanted - alerts.Alerts.Count),
                            PageToken = alerts.NextPageToken,
                        },
                        cancellationToken: cancellationToken
                    );
                    alerts.Alerts.AddRange(page.Alerts);
                    alerts.NextPageToken = page.NextPageToken;
                } while (alerts.NextPageToken.Length > 0 && alerts.Alerts.Count < wanted);

                AlertView.Write(session.Output, alerts);
                return ExitCode.Success;
            }
        );
        return command;
    }
}

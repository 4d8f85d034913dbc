using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Care;

/// <summary><c>dendrite storage forecast | preview | actions</c>.</summary>
internal static class StorageCommands
{
    private const int DefaultLimit = 20;
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("storage", "How storage grows, and how the tables of the database are cared for.")
        {
            Forecast(application),
            Plan(application),
            Actions(application),
        };

    private static Command Forecast(CliApplication application)
    {
        var window = new Option<TimeSpan?>("--window")
        {
            Description = "From how long back growth is learned; 30 days without it.",
            HelpName = "TIME",
            CustomParser = DurationArgument.Parse,
        };
        var command = new Command("forecast", "Say when the disk will be full, in all and by the project alone.")
        {
            window,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new GetStorageForecastRequest { Project = session.Platform.ProjectName };
                if (session.Arguments.GetValue(window) is { } back)
                {
                    request.Window = Duration.FromTimeSpan(back);
                }

                var forecast = await session.Platform.Storage.GetStorageForecastAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                ForecastView.Write(session.Output, forecast);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Plan(CliApplication application)
    {
        var all = new Option<bool>("--all") { Description = "Also tables about which nothing would be done." };
        var command = new Command("preview", "Say what would be done about which table, when and why; changes nothing.")
        {
            all,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new PreviewStorageCareRequest
                {
                    Project = session.Platform.ProjectName,
                    AllTables = session.Arguments.GetValue(all),
                };
                var plan = await session.Platform.Storage.PreviewStorageCareAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                CareView.Write(session.Output, plan);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Actions(CliApplication application)
    {
        var table = new Option<string?>("--table")
        {
            Description = "Only of this table, such as signals.block.",
            HelpName = "TABLE",
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
            {
                given.AddError("--limit must be at least 1.");
            }
        });
        var command = new Command("actions", "List what was done about tables, the newest first, with its effect.")
        {
            table,
            limit,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListCareActionsRequest
                {
                    Project = session.Platform.ProjectName,
                    Table = session.Arguments.GetValue(table) ?? "",
                };
                var actions = await ReadAsync(session, request, session.Arguments.GetValue(limit), cancellationToken);
                CareView.Write(session.Output, actions);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<ListCareActionsResponse> ReadAsync(
        Session session,
        ListCareActionsRequest request,
        int wanted,
        CancellationToken cancellationToken
    )
    {
        var actions = new ListCareActionsResponse();
        do
        {
            request.PageSize = Math.Min(PageSize, wanted - actions.Actions.Count);
            request.PageToken = actions.NextPageToken;
            var page = await session.Platform.Storage.ListCareActionsAsync(
                request,
                cancellationToken: cancellationToken
            );
            actions.Actions.AddRange(page.Actions);
            actions.NextPageToken = page.NextPageToken;
        } while (actions.NextPageToken.Length > 0 && actions.Actions.Count < wanted);

        return actions;
    }
}

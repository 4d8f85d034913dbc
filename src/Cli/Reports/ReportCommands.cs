using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Reports;

/// <summary><c>dendrite report create | list | get | save | delete</c>.</summary>
internal static class ReportCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application)
    {
        var reports = new ResourceCommands(application, ReportArgument, (platform, id) => platform.ReportName(id));
        return new("report", "Make documents of comparisons; list, show, save and delete them.")
        {
            ReportCreateCommand.Build(application),
            List(application),
            Get(application),
            ReportSaveCommand.Build(application),
            Delete(reports),
        };
    }

    public static Argument<string> ReportArgument() => new("REPORT") { Description = "Id of the report." };

    private static Command List(CliApplication application)
    {
        var filter = new Option<string?>("--filter")
        {
            Description = "An AIP-160 filter, such as 'comparand.to.branch = trial-7 AND creator = ann'.",
            HelpName = "FILTER",
        };
        var command = new Command("list", "List the reports of the project, newest first.") { filter };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListReportsRequest
                {
                    Parent = session.Platform.ProjectName,
                    PageSize = PageSize,
                    Filter = session.Arguments.GetValue(filter) ?? "",
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Reports.ListReportsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                ReportView.WriteList(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Get(CliApplication application)
    {
        var id = ReportArgument();
        var command = new Command("get", "Show what a report is about, and its digests.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.ReportName(session.Arguments.GetRequiredValue(id));
                var request = new GetReportRequest { Name = name };
                var found = await session.Platform.Reports.GetReportAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                ReportView.WriteOne(session.Output, found.Report);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(ResourceCommands reports) =>
        reports.Delete(
            "Delete a report.",
            (platform, target, token) =>
                platform.Reports.DeleteReportAsync(
                    new()
                    {
                        Name = target.Name,
                        AllowMissing = target.AllowMissing,
                        RequestId = target.RequestId,
                    },
                    cancellationToken: token
                ),
            _ => "The report is gone."
        );
}

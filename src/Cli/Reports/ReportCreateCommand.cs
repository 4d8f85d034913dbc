using System.CommandLine;
using Dendrite.Cli.Comparing;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Operations;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Reports;

/// <summary><c>dendrite report create FROM TO</c>.</summary>
internal static class ReportCreateCommand
{
    public static Command Build(CliApplication application)
    {
        const string Form = "BRANCH, BRANCH@POINT or tag:NAME";
        var from = new Argument<string>("FROM") { Description = $"The old side: {Form}." };
        var to = new Argument<string>("TO") { Description = $"The new side: {Form}." };
        var title = new Option<string?>("--title") { Description = "A title for people.", HelpName = "TEXT" };
        var sinceBase = new Option<bool>("--since-base")
        {
            Description = "Compare with where both parted: what FROM changed since is left out.",
        };
        var options = new ComparisonOptions();
        var output = ReportSaveCommand.OutputOption(isRequired: false);
        var force = ReportSaveCommand.ForceOption();
        var command = new Command("create", "Compare two states and keep a document about it.")
        {
            from,
            to,
            title,
            sinceBase,
            output,
            force,
        };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (platform, arguments) = (session.Platform, session.Arguments);
                var path = arguments.GetValue(output);
                // What cannot be written is said before the work is done, not after.
                var file = path is null ? null : ReportFile.Of(path, arguments.GetValue(force));
                var comparand = new Comparand
                {
                    From = SnapshotArgument.ReadReference(platform, arguments.GetRequiredValue(from)),
                    To = SnapshotArgument.ReadReference(platform, arguments.GetRequiredValue(to)),
                    Mode = arguments.GetValue(sinceBase) ? DiffMode.FromMergeBase : DiffMode.TwoPoint,
                };
                var request = new CreateReportRequest
                {
                    Parent = platform.ProjectName,
                    Comparand = comparand,
                    Report = new()
                    {
                        DisplayName = arguments.GetValue(title) ?? "",
                        Options = await options.ReadAsync(session, comparand, cancellationToken),
                    },
                    RequestId = session.NewRequestId(),
                };
                var begun = await platform.Reports.CreateReportAsync(request, cancellationToken: cancellationToken);
                var done = await OperationWait.UntilDoneAsync(session, begun.Operation, cancellationToken);
                var report = OperationWait.RequireSuccess(done).Response.Unpack<Report>();
                if (file is not null)
                {
                    await ReportSaveCommand.SaveAsync(session, report.Name, file, cancellationToken);
                }

                ReportView.WriteOne(session.Output, report);
                return ExitCode.Success;
            }
        );
        return command;
    }
}

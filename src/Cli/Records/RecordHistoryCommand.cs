using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite history DATASET KEY</c>: who changed which cell, when, from what to what.</summary>
internal static class RecordHistoryCommand
{
    private const int PageSize = 100;

    public static Command Build(CliApplication application)
    {
        var dataset = DatasetCommands.DatasetArgument();
        var key = RecordCommands.KeyArgument();
        var column = new Option<string?>("--column")
        {
            Description = "Only changes of this column.",
            HelpName = "NAME",
        };
        var branch = StreamsCommand.BranchOption();
        var at = SnapshotOption.Create();
        var command = new Command("history", "Show who changed a record, when, in which branch, from what to what.")
        {
            dataset,
            key,
            column,
            branch,
            at,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListRecordVersionsRequest
                {
                    Name = RecordCommands.NameOf(session, branch, dataset, key),
                    Column = session.Arguments.GetValue(column) ?? "",
                    At = SnapshotOption.Read(session, at),
                    PageSize = PageSize,
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.History.ListRecordVersionsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                RecordView.WriteHistory(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }
}

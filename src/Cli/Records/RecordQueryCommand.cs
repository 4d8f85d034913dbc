using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite record query DATASET</c>.</summary>
internal static class RecordQueryCommand
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application)
    {
        var dataset = DatasetCommands.DatasetArgument();
        var branch = StreamsCommand.BranchOption();
        var which = new SelectionOptions();
        var order = new Option<string?>("--order")
        {
            HelpName = "COLUMN,...",
            Description = "Columns, with ' desc' for descending.",
        };
        var columns = new Option<string?>("--columns") { Description = "Columns wanted.", HelpName = "A,B" };
        var limit = new Option<int>("--limit")
        {
            HelpName = "N",
            Description = "At most so many.",
            DefaultValueFactory = _ => 100,
        }.FromOne();
        var at = SnapshotOption.Create();
        var command = new Command("query", "List records.") { dataset, branch, order, columns, limit, at };
        which.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var left = arguments.GetValue(limit);
                var request = new QueryRecordsRequest
                {
                    Parent = RecordCommands.ParentOf(session, branch, dataset),
                    Selection = which.Read(session),
                    OrderBy = arguments.GetValue(order) ?? "",
                    At = SnapshotOption.Read(session, at),
                };
                request.Selection.Columns.AddRange(arguments.GetValue(columns)?.Split(',') ?? []);
                var all = new QueryRecordsResponse();
                do
                {
                    request.PageSize = Math.Min(left, PageSize);
                    var page = await session.Platform.Records.QueryRecordsAsync(
                        request,
                        cancellationToken: cancellationToken
                    );
                    all.Records.Add(page.Records);
                    all.Version = page.Version;
                    left -= page.Records.Count;
                    request.PageToken = all.NextPageToken = page.NextPageToken;
                } while (request.PageToken.Length > 0 && left > 0);
                RecordView.WriteList(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }
}

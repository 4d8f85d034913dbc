using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite dataset …</c>: tables of records.</summary>
internal static class DatasetCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("dataset", "Make, list, change and delete datasets.")
        {
            DatasetCreateCommand.Build(application),
            List(application),
            Show(application),
            DatasetUpdateCommand.Build(application),
            Change(application),
            Delete(application),
        };

    public static Argument<string> DatasetArgument() => new("DATASET") { Description = "Id of the dataset." };

    private static Command List(CliApplication application)
    {
        var branch = StreamsCommand.BranchOption();
        var at = SnapshotOption.Create();
        var command = new Command("list", "List the datasets of a branch.") { branch, at };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListDatasetsRequest
                {
                    Parent = session.Platform.BranchName(session.Arguments.GetRequiredValue(branch)),
                    PageSize = PageSize,
                    At = SnapshotOption.Read(session, at),
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Datasets.ListDatasetsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                DatasetView.WriteList(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var dataset = DatasetArgument();
        var branch = StreamsCommand.BranchOption();
        var at = SnapshotOption.Create();
        var command = new Command("show", "Show one dataset with its columns.") { dataset, branch, at };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new GetDatasetRequest
                {
                    Name = session.DatasetName(branch, dataset),
                    At = SnapshotOption.Read(session, at),
                };
                var found = await session.Platform.Datasets.GetDatasetAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                DatasetView.WriteOne(session.Output, found.Dataset);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Change(CliApplication application)
    {
        var dataset = DatasetArgument();
        var file = new Argument<string>("FILE")
        {
            Description = "JSON: {\"changes\": [{\"dropColumn\": \"A\"}, ...]}.",
        };
        var branch = StreamsCommand.BranchOption();
        var dryRun = new Option<bool>("--dry-run") { Description = "Check against the records and change nothing." };
        var command = new Command("change", "Add, alter, rename and drop columns and constraints, all in one commit.")
        {
            dataset,
            file,
            branch,
            dryRun,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = await DefinitionFile.ReadAsync<ChangeSchemaRequest>(
                    session.Arguments.GetRequiredValue(file),
                    cancellationToken
                );
                request.Name = session.DatasetName(branch, dataset);
                request.ValidateOnly = session.Arguments.GetValue(dryRun);
                request.RequestId = session.NewRequestId();
                var changed = await session.Platform.Datasets.ChangeSchemaAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                DatasetView.WriteOne(session.Output, changed.Dataset);
                if (request.ValidateOnly)
                {
                    session.Output.Note("It fits; nothing was changed.");
                }

                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var dataset = DatasetArgument();
        var branch = StreamsCommand.BranchOption();
        var command = new Command("delete", "Remove a dataset with its records from a branch.") { dataset, branch };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new DeleteDatasetRequest
                {
                    Name = session.DatasetName(branch, dataset),
                    RequestId = session.NewRequestId(),
                };
                var deleted = await session.Platform.Datasets.DeleteDatasetAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                RecordView.Write(session.Output, deleted, $"deleted in version {deleted.Version}");
                return ExitCode.Success;
            }
        );
        return command;
    }
}

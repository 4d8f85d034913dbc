using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite dataset update</c>: title, description and labels; <c>change</c> is about columns.</summary>
internal static class DatasetUpdateCommand
{
    public static Command Build(CliApplication application)
    {
        var (dataset, branch, etag) = (
            DatasetCommands.DatasetArgument(),
            StreamsCommand.BranchOption(),
            FieldOptions.Etag()
        );
        var title = FieldOptions.Title();
        var description = FieldOptions.Text("--description", "TEXT", "What it holds.");
        var labels = new Option<string[]?>("--label")
        {
            Description = "A label, such as domain=vs; KEY= takes one away. Once for each.",
            HelpName = "KEY=VALUE",
        };
        var command = new Command("update", "Change what a dataset says of itself; labels that are not named stay.")
        {
            dataset,
            branch,
            title,
            description,
            labels,
            etag,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var mask = Take(session.Arguments, new()).Mask;
                var client = session.Platform.Datasets;
                var name = RecordCommands.ParentOf(session, branch, dataset);
                var current = await client.GetDatasetAsync(new() { Name = name }, cancellationToken: cancellationToken);
                var changed = current.Dataset;
                // Under the etag of what was read: a label that somebody sets meanwhile is not lost.
                changed.Etag = session.Arguments.GetValue(etag) ?? changed.Etag;
                Take(session.Arguments, changed);
                var request = new UpdateDatasetRequest
                {
                    Dataset = changed,
                    UpdateMask = mask,
                    RequestId = session.NewRequestId(),
                };
                var updated = await client.UpdateDatasetAsync(request, cancellationToken: cancellationToken);
                DatasetView.WriteOne(session.Output, updated.Dataset);
                return ExitCode.Success;
            }
        );
        return command;

        GivenFields Take(ParseResult arguments, Dataset changed)
        {
            var given = new GivenFields(arguments);
            given.Take(title, "display_name", text => changed.DisplayName = text);
            given.Take(description, "description", text => changed.Description = text);
            given.Take(labels, "labels", pairs => PairsOption.Apply(pairs, changed.Labels));
            return given;
        }
    }
}

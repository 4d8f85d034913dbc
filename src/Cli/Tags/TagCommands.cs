using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Tags;

/// <summary><c>dendrite tag create | list | show | update | delete</c>.</summary>
internal static class TagCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application)
    {
        var tags = new ResourceCommands(application, TagArgument, (platform, id) => platform.TagName(id));
        return new("tag", "Name states for good, list, show, change and delete such names.")
        {
            Create(application),
            List(application),
            Show(tags),
            TagUpdateCommand.Build(tags),
            Delete(tags),
        };
    }

    private static Argument<string> TagArgument() => new("TAG") { Description = "Id of the tag." };

    private static Command Create(CliApplication application)
    {
        var id = TagArgument();
        var from = new Option<string>("--from")
        {
            Description = "What to name: a branch, a branch at a point, or what another tag names.",
            DefaultValueFactory = _ => "main",
            HelpName = "BRANCH[@VERSION|@INSTANT]|tag:NAME",
        };
        var description = new Option<string?>("--description") { Description = "What it marks.", HelpName = "TEXT" };
        var labels = PairsOption.Create("--label", "A label, such as journal=brain.");
        var metadata = FieldOptions.Text("--metadata", "JSON", "Anything else about it, as a JSON object.");
        var command = new Command("create", "Name a state; the name never moves.")
        {
            id,
            from,
            description,
            labels,
            metadata,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new CreateTagRequest
                {
                    Parent = session.Platform.ProjectName,
                    TagId = session.Arguments.GetRequiredValue(id),
                    Source = SnapshotArgument.ReadReference(session.Platform, session.Arguments.GetRequiredValue(from)),
                    Tag = new Tag { Description = session.Arguments.GetValue(description) ?? "" },
                    RequestId = session.NewRequestId(),
                };
                request.Tag.Labels.Add(PairsOption.Read(session, labels));
                if (session.Arguments.GetValue(metadata) is { } json)
                {
                    request.Tag.Metadata = JsonArgument.ReadObject(json, metadata.Name);
                }

                var made = await session.Platform.Tags.CreateTagAsync(request, cancellationToken: cancellationToken);
                TagView.WriteOne(session.Output, made.Tag);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command List(CliApplication application)
    {
        var filter = new Option<string?>("--filter")
        {
            Description = "An AIP-160 filter, such as 'tag_id = \"v1-*\" AND branch = trial-7'.",
            HelpName = "FILTER",
        };
        var order = new Option<string?>("--order")
        {
            Description = "name or create_time, and 'desc' behind it for descending.",
            HelpName = "FIELD",
        };
        var command = new Command("list", "List the tags of the project.") { filter, order };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListTagsRequest
                {
                    Parent = session.Platform.ProjectName,
                    PageSize = PageSize,
                    Filter = session.Arguments.GetValue(filter) ?? "",
                    OrderBy = session.Arguments.GetValue(order) ?? "",
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Tags.ListTagsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                TagView.WriteList(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(ResourceCommands tags) =>
        tags.Show(
            "Show one tag.",
            (platform, name, token) => platform.Tags.GetTagAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => TagView.WriteOne(output, found.Tag)
        );

    private static Command Delete(ResourceCommands tags) =>
        tags.Delete(
            "Delete a tag; what nothing else sees goes with it.",
            (platform, target, token) =>
                platform.Tags.DeleteTagAsync(
                    new()
                    {
                        Name = target.Name,
                        AllowMissing = target.AllowMissing,
                        RequestId = target.RequestId,
                    },
                    cancellationToken: token
                ),
            _ => "The tag is gone."
        );
}

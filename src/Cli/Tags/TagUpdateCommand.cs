using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Tags;

/// <summary><c>dendrite tag update</c>: description, labels and metadata; never what it names.</summary>
internal static class TagUpdateCommand
{
    public static Command Build(ResourceCommands tags)
    {
        var description = FieldOptions.Text("--description", "TEXT", "What it marks.");
        var labels = new Option<string[]?>("--label")
        {
            Description = "A label, such as journal=brain; KEY= takes one away. Once for each.",
            HelpName = "KEY=VALUE",
        };
        var metadata = FieldOptions.Text("--metadata", "JSON", "A JSON object in place of its metadata.");
        return tags.Update(
            "Change what a tag says of itself; labels that are not named stay, and what it names never changes.",
            [description, labels, metadata],
            async (session, target, token) =>
            {
                var mask = Take(session.Arguments, new()).Mask;
                var client = session.Platform.Tags;
                var current = await client.GetTagAsync(new() { Name = target.Name }, cancellationToken: token);
                var changed = current.Tag;
                // Under the etag of what was read: a label that somebody sets meanwhile is not lost.
                if (target.Etag.Length > 0)
                    changed.Etag = target.Etag;
                Take(session.Arguments, changed);
                var request = new UpdateTagRequest
                {
                    Tag = changed,
                    UpdateMask = mask,
                    RequestId = session.NewRequestId(),
                };
                return await client.UpdateTagAsync(request, cancellationToken: token);
            },
            (output, updated) => TagView.WriteOne(output, updated.Tag)
        );

        GivenFields Take(ParseResult arguments, Tag tag)
        {
            var given = new GivenFields(arguments);
            given.Take(description, "description", text => tag.Description = text);
            given.Take(labels, "labels", pairs => PairsOption.Apply(pairs, tag.Labels));
            given.Take(metadata, "metadata", json => tag.Metadata = JsonArgument.ReadObject(json, metadata.Name));
            return given;
        }
    }
}

using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary><c>--at</c>: a version by its number, or a tag by its id.</summary>
internal static class SnapshotOption
{
    public static Option<string?> Create() =>
        new("--at") { Description = "A version or a tag; the newest state without it.", HelpName = "VERSION|TAG" };

    public static SnapshotPoint? Read(Session session, Option<string?> option)
    {
        string? text = session.Arguments.GetValue(option);
        if (text is null)
        {
            return null;
        }
        return long.TryParse(text, out long version)
            ? new SnapshotPoint { Version = version }
            : new SnapshotPoint { Tag = text.Contains('/') ? text : $"{session.Platform.ProjectName}/tags/{text}" };
    }
}

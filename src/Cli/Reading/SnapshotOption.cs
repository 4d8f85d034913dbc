using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary><c>--at</c>: a version by its number, an instant, or a tag by its id.</summary>
internal static class SnapshotOption
{
    public static Option<string?> Create() =>
        new("--at")
        {
            Description = "A version, an instant or a tag; the newest state without it.",
            HelpName = "VERSION|INSTANT|TAG",
        };

    public static SnapshotPoint? Read(Session session, Option<string?> option) =>
        session.Arguments.GetValue(option) is { } text ? SnapshotArgument.ReadPoint(session.Platform, text) : null;
}

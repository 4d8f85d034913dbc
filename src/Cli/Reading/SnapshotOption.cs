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

    /// <summary>Reads a branch or a tag, whose point may stand behind it or in <c>--at</c>.</summary>
    /// <param name="name">Of the argument or option that holds it.</param>
    /// <exception cref="CliException">There are two points.</exception>
    public static SnapshotReference ReadReference(Session session, string text, string name, Option<string?> option)
    {
        var reference = SnapshotArgument.ReadReference(session.Platform, text);
        if (Read(session, option) is { } point)
        {
            reference.Point = reference.Point is null
                ? point
                : throw new CliException(ExitCode.Usage, "USAGE", $"{name} has a point already; leave --at out.");
        }

        return reference;
    }
}

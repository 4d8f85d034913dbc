using System.Globalization;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Contracts.Names;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Reading;

/// <summary>
/// How a state is written on the command line: <c>BRANCH</c>, <c>BRANCH@POINT</c> or <c>tag:NAME</c>, where a point is
/// a
/// version, an instant or a tag. Ids begin with a letter and the other two with a digit, so a point says what it is.
/// </summary>
internal static class SnapshotArgument
{
    private const string TagPrefix = "tag:";

    /// <summary>Reads a branch with or without a point, or a tag.</summary>
    public static SnapshotReference ReadReference(Platform platform, string text)
    {
        if (text.StartsWith(TagPrefix, StringComparison.Ordinal))
        {
            return new() { Point = ReadPoint(platform, text) };
        }

        var (branch, point) = text.Split('@', 2) is [var before, var after] ? (before, after) : (text, null);
        return new()
        {
            Branch = platform.BranchName(branch),
            Point = point is null ? null : ReadPoint(platform, point),
        };
    }

    /// <exception cref="CliException">Neither a version nor an instant nor a tag.</exception>
    public static SnapshotPoint ReadPoint(Platform platform, string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version))
        {
            return new() { Version = version };
        }

        if (text.Length > 0 && char.IsAsciiDigit(text[0]))
        {
            return new() { Instant = ReadInstant(text) };
        }

        var tag = text.StartsWith(TagPrefix, StringComparison.Ordinal) ? text[TagPrefix.Length..] : text;
        // What can be no tag either was meant to be something else: -1, HEAD~2.
        if (!ResourceId.IsValid(tag) && !TagName.TryParse(tag, out _))
            throw NoState(text);
        return new() { Tag = platform.TagName(tag) };
    }

    private static Timestamp ReadInstant(string text)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var instant)
            ? Timestamp.FromDateTimeOffset(instant)
            : throw NoState(text);
    }

    private static CliException NoState(string text) =>
        new(
            ExitCode.Usage,
            "USAGE",
            $"'{text}' is not a state: give a version (42), an instant (2026-11-21T08:30:00Z) or a tag."
        );
}

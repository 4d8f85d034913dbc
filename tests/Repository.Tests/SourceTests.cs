using System.Text.RegularExpressions;

namespace Dendrite.Repository.Tests;

/// <summary>Style that a machine can check (the layout itself is CSharpier's, method length is MA0051's).</summary>
public sealed partial class SourceTests
{
    private const int LongestFile = 400;
    private const int LongestLine = 120;

    private static readonly string[] Code = [".cs", ".sql", ".proto", ".sh", ".py", ".js", ".mjs"];

    [Fact]
    public void Files_are_short_enough_to_be_read_whole() =>
        Offenders.None(
            SourceTree
                .WithExtension(".cs", ".sql", ".sh", ".py", ".js", ".mjs")
                .Select(file => (file, lines: SourceTree.Lines(file).Length))
                .Where(entry => entry.lines > LongestFile)
                .Select(entry => $"{entry.file}: {entry.lines} lines, {LongestFile} at most")
        );

    [Fact]
    public void Lines_fit_the_page() =>
        Offenders.None(
            from file in SourceTree.WithExtension(Code)
            from line in SourceTree.Lines(file).Select((text, index) => (text, number: index + 1))
            where line.text.Length > LongestLine
            select $"{file}:{line.number}: {line.text.Length} columns"
        );

    [Fact]
    public void Nothing_names_a_machine_or_a_registry() =>
        Offenders.None(
            from file in SourceTree.Files
            where Path.GetExtension(file) is not (".png" or ".edf" or ".bin") && file != ThisFile
            from line in SourceTree.Lines(file).Select((text, index) => (text, number: index + 1))
            where MachinePathOrRegistry().IsMatch(line.text)
            select $"{file}:{line.number}: {line.text.Trim()}"
        );

    [Fact]
    public void No_regions_and_no_work_left_behind_without_a_reason() =>
        Offenders.None(
            from file in SourceTree.WithExtension(Code)
            where file != ThisFile
            from line in SourceTree.Lines(file).Select((text, index) => (text, number: index + 1))
            where LeftBehind().IsMatch(line.text)
            select $"{file}:{line.number}: {line.text.Trim()}"
        );

    [Fact]
    public void Files_whose_name_says_nothing_have_no_place_here() =>
        Offenders.None(SourceTree.Files.Where(file => Nameless().IsMatch(Path.GetFileName(file))));

    private static string ThisFile => "tests/Repository.Tests/SourceTests.cs";

    [GeneratedRegex(
        @"(?<![\w.])/(work|root|home/\w+)/|nuget\.org|npmjs|pypi\.org|deb\.debian",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex MachinePathOrRegistry();

    [GeneratedRegex(@"^\s*#region|\b(TODO|FIXME|HACK|XXX)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex LeftBehind();

    [GeneratedRegex(@"(Utils?|Helpers?|Common|Manager|Misc)\.cs$", RegexOptions.ExplicitCapture)]
    private static partial Regex Nameless();
}

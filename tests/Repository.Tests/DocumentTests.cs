using System.Text.RegularExpressions;

namespace Dendrite.Repository.Tests;

/// <summary>Documents that stay true: links resolve, decisions are short and dated.</summary>
public sealed partial class DocumentTests
{
    private const int LongestDecision = 60;
    private const int LongestProjectReadme = 20;

    [Fact]
    public void Every_relative_link_leads_somewhere() =>
        Offenders.None(
            from file in SourceTree.WithExtension(".md")
            from Match link in Link().Matches(WithoutCodeBlocks(SourceTree.Text(file)))
            let target = link.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#')
            let path = Path.Combine(SourceTree.Root, Path.GetDirectoryName(file)!, target.Split('#')[0])
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{file}: {target}"
        );

    [Fact]
    public void Decisions_are_dated_and_short() =>
        Offenders.None(
            from file in SourceTree.Files
            where file.StartsWith("docs/decisions/", StringComparison.Ordinal)
            where !DecisionName().IsMatch(Path.GetFileName(file)) || SourceTree.Lines(file).Length > LongestDecision
            select $"{file}: {SourceTree.Lines(file).Length} lines, {LongestDecision} at most, named YYYY-MM-DD-name.md"
        );

    [Fact]
    public void A_folder_s_own_readme_fits_a_glance() =>
        Offenders.None(
            from file in SourceTree.Files
            where Path.GetFileName(file) == "README.md" && file != "README.md"
            where SourceTree.Lines(file).Length > LongestProjectReadme
            select $"{file}: {SourceTree.Lines(file).Length} lines"
        );

    [Fact]
    public void Every_test_that_the_architecture_names_exists()
    {
        var tests = string.Join('\n', SourceTree.WithExtension(".cs").Where(IsTest).Select(SourceTree.Text));

        Offenders.None(
            from Match name in TestName().Matches(SourceTree.Text("ARCHITECTURE.md"))
            let test = name.Groups["test"].Value
            where !tests.Contains($" {test}(", StringComparison.Ordinal)
            select $"ARCHITECTURE.md names {test}, and no test is called so"
        );
    }

    private static bool IsTest(string file) => file.StartsWith("tests/", StringComparison.Ordinal);

    private static string WithoutCodeBlocks(string text) => CodeBlock().Replace(text, "");

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex(@"`(?<test>[A-Z]\w+_\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex TestName();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md$", RegexOptions.ExplicitCapture)]
    private static partial Regex DecisionName();
}

using Dendrite.Checks.Quality;
using Dendrite.V1;

namespace Dendrite.Checks.Tests;

/// <summary>What a run of checks tells, and what of it survives a crash.</summary>
public sealed class QualityFindingsTests
{
    private static readonly QualityCheck[] Checks =
    [
        new() { Name = "projects/lab/qualityChecks/a" },
        new() { Name = "projects/lab/qualityChecks/b" },
    ];

    [Fact]
    public void A_check_that_holds_is_told_with_its_greatest_figure()
    {
        var findings = new QualityFindings(Checks);
        findings.Measure(0, 0.1);
        findings.Measure(0, 0.3);
        findings.Measure(0, 0.2);

        var result = Write(findings);

        Assert.True(result.Passed);
        Assert.Equal([(true, true, 0.3), (true, false, 0)], result.Findings.Select(Shape));
    }

    [Fact]
    public void A_long_message_is_cut_between_characters_at_five_hundred_bytes()
    {
        var findings = new QualityFindings(Checks);
        findings.Fail(0, new() { Message = new string('x', 500) });
        findings.Fail(1, new() { Message = string.Concat(Enumerable.Repeat("🧠", 200)) });

        var told = Write(findings).Findings.Select(finding => finding.Message).ToList();

        // Each is four bytes and two characters, and the ellipsis three bytes.
        Assert.Equal([new string('x', 500), string.Concat(Enumerable.Repeat("🧠", 124)) + "…"], told);
    }

    [Fact]
    public void Of_many_failures_the_first_forty_are_told_and_how_many_more()
    {
        var findings = new QualityFindings(Checks);
        for (var i = 0; i < 45; i++)
        {
            findings.Fail(1, new() { Message = $"{i}" });
        }

        var result = Write(findings);

        Assert.False(result.Passed);
        Assert.Equal(42, result.Findings.Count);
        Assert.Equal(Checks[0].Name, result.Findings[0].Check);
        Assert.Equal("and 5 more of 45 in all", result.Findings[^1].Message);
        Assert.All(result.Findings.Skip(1), finding => Assert.Equal(Checks[1].Name, finding.Check));
    }

    [Fact]
    public void What_was_found_before_a_crash_is_gone_on_with()
    {
        var (whole, first, second) = (
            new QualityFindings(Checks),
            new QualityFindings(Checks),
            new QualityFindings(Checks)
        );
        FindSome(whole, 0, 30);
        FindSome(whole, 30, 60);
        FindSome(first, 0, 30);
        second.Restore(first.Save());
        FindSome(second, 30, 60);

        Assert.Equal(Write(whole), Write(second));
    }

    private static void FindSome(QualityFindings findings, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            findings.Measure(0, i);
            findings.Fail(1, new() { Message = $"{i}" });
        }
    }

    private static QualityResult Write(QualityFindings findings)
    {
        var result = new QualityResult();
        findings.WriteTo(result);
        return result;
    }

    private static (bool, bool, double) Shape(QualityFinding finding) =>
        (finding.Passed, finding.HasValue, finding.Value);
}

using System.Text;
using Dendrite.Reports.Document;
using Dendrite.Reports.Markdown;
using Dendrite.V1;

namespace Dendrite.Reports.Tests;

/// <summary>Nothing is left out of a report in silence, and nothing is said to be absent that is there.</summary>
public sealed class CompletenessTests
{
    [Fact]
    public void Since_the_merge_base_its_digest_is_not_shown_as_that_of_the_old_side()
    {
        var document = SampleDocuments.Ordinary() with { Mode = DiffMode.FromMergeBase };

        var text = TextOf(document);

        var digest = Convert.ToHexStringLower(document.Comparand.FromDigest.Span);
        Assert.Contains($"digest {digest}", text);
        Assert.DoesNotContain($"| {digest} |", text);
        Assert.Contains("Streams, channels, datasets and records are compared with the merge base", text);
    }

    [Fact]
    public void Sides_with_two_units_are_drawn_apart_and_neither_is_said_to_have_nothing()
    {
        var text = TextOf(SampleDocuments.TwoUnits());

        Assert.DoesNotContain("has no samples", text);
        Assert.DoesNotContain("has none", text);
        Assert.DoesNotContain("nothing on the new side", text);
        Assert.Contains("to is drawn apart (mV)", text);
        Assert.Contains("from is drawn apart (uV)", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("C3: the units of its band powers differ, uV² on the old side and mV² on the new one", text);
    }

    private static string TextOf(ReportDocument document) =>
        Encoding.UTF8.GetString(MarkdownReport.Write(document)).Replace("\\", "", StringComparison.Ordinal);
}

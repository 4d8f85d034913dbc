using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dendrite.Reports.Document;
using Dendrite.Reports.Html;
using Dendrite.Reports.Json;
using Dendrite.Reports.Markdown;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Tests;

public sealed partial class DocumentFormTests
{
    public static TheoryData<string> Documents => [.. SampleDocuments.Names];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Made_again_in_another_country_every_form_is_byte_for_byte_the_same(string name)
    {
        var first = Forms(SampleDocuments.Named(name));
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NegativeSign) = (",", "~");
            CultureInfo.CurrentCulture = other;

            Assert.Equal(first, Forms(SampleDocuments.Named(name)));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_page_stays_below_its_size_and_every_JSON_parses(string name)
    {
        var document = SampleDocuments.Named(name);

        Assert.InRange(HtmlReport.Write(document).Length, 1_000, ReportLimits.MaxHtmlBytes);
        using var parsed = JsonDocument.Parse(JsonReport.Write(document));
        Assert.Equal(JsonReport.Schema, parsed.RootElement.GetProperty("schema").GetString());
        Assert.Equal(
            document.Comparison.Channels.Count,
            parsed.RootElement.GetProperty("comparison").GetProperty("channels").GetArrayLength()
        );
    }

    [Fact]
    public void Names_that_are_markup_stand_in_the_page_as_text()
    {
        var page = Encoding.UTF8.GetString(HtmlReport.Write(SampleDocuments.Hostile()));

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page);
        Assert.DoesNotMatch(ActiveMarkup(), page);
        Assert.DoesNotContain("\u202E", page);
        Assert.DoesNotContain("\0", page);
    }

    [Fact]
    public void Names_that_are_markup_stand_in_Markdown_as_text()
    {
        var text = Encoding.UTF8.GetString(MarkdownReport.Write(SampleDocuments.Hostile()));

        Assert.DoesNotMatch(BareMarkup(), text);
        Assert.DoesNotContain("](javascript", text);
        Assert.DoesNotContain("http://", text);
        // Each row of a table has as many cells as its head, whatever stands in them.
        foreach (var table in text.Split("\n\n").Where(block => block.StartsWith('|')))
        {
            Assert.Single(table.Trim().Split('\n').Select(row => Bars().Count(row)).Distinct());
        }
    }

    [Theory]
    [InlineData("1. Rest", "1\\. Rest")]
    [InlineData("  2024. after the pause", "2024\\. after the pause")]
    [InlineData("\n- Rest", "\\- Rest")]
    [InlineData("    Rest", "Rest")]
    [InlineData("1.5 s", "1.5 s")]
    [InlineData("10", "10")]
    [InlineData("eeg.edf, 2. run", "eeg.edf, 2. run")]
    public void What_begins_a_list_or_code_at_the_start_of_a_line_begins_none_there(string text, string expected) =>
        Assert.Equal(expected, MarkdownText.Escape(text));

    [Theory]
    [InlineData(0, "0 %")]
    [InlineData(0.00004, "< 0.01 %")]
    [InlineData(0.00005, "0.01 %")]
    [InlineData(0.25, "25 %")]
    [InlineData(0.99995, "> 99.99 %")]
    [InlineData(0.99996, "> 99.99 %")]
    [InlineData(1, "100 %")]
    [InlineData(double.NaN, "n/a")]
    public void A_share_is_said_to_be_nothing_or_all_only_where_it_is(double share, string expected) =>
        Assert.Equal(expected, Numbers.Percent(share));

    [Fact]
    public void A_page_allows_its_own_style_and_nothing_else()
    {
        var page = Encoding.UTF8.GetString(HtmlReport.Write(SampleDocuments.Ordinary()));

        Assert.Contains("default-src &#39;none&#39;; style-src &#39;sha256-", page);
        Assert.DoesNotContain(" style=", page);
        Assert.DoesNotContain("<script", page);
        Assert.Equal(2, page.Split("http").Length - page.Split("http://www.w3.org/2000/svg").Length + 1);
    }

    private static byte[][] Forms(ReportDocument document) =>
        [HtmlReport.Write(document), MarkdownReport.Write(document), JsonReport.Write(document)];

    [GeneratedRegex("<(?:script|img|iframe|object|link)|<[a-z]+ [^>]*\\bon[a-z]+=", RegexOptions.IgnoreCase)]
    private static partial Regex ActiveMarkup();

    [GeneratedRegex(@"(?<!\\)<(?:script|img)")]
    private static partial Regex BareMarkup();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bars();
}

using System.Security.Cryptography;
using System.Text;
using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Markup;
using Dendrite.Reports.Sections;

namespace Dendrite.Reports.Html;

/// <summary>
/// A report as one HTML file that asks for nothing else: no script, no network, which its own policy forbids. It reads
/// on a phone, at a desk and on paper.
/// </summary>
public static class HtmlReport
{
    private const string StyleName = "Dendrite.Reports.Html.report.css";

    private static readonly string Style = ReadStyle();

    /// <summary>The file, in UTF-8.</summary>
    public static byte[] Write(ReportDocument document)
    {
        var sections = ReportSections.Of(document);
        var page = new MarkupWriter();
        page.Raw("<!doctype html>\n").Open("html", ("lang", "en"));
        WriteHead(page, document.Title);
        page.Open("body").Line();
        WriteHeader(page, document.Title, sections);
        page.Open("main").Line();
        foreach (var section in sections)
        {
            WriteSection(page, section);
        }

        page.Close();
        WriteSignatures(page, document);
        page.Close().Close().Line();
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static void WriteHead(MarkupWriter page, string title)
    {
        // The style alone is allowed, by what it is: markup that slipped in could bring none of its own.
        var digest = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));
        var policy = $"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'";
        page.Open("head").Line();
        page.Empty("meta", ("charset", "utf-8")).Line();
        page.Empty("meta", ("http-equiv", "Content-Security-Policy"), ("content", policy)).Line();
        page.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line();
        page.Empty("meta", ("name", "referrer"), ("content", "no-referrer")).Line();
        page.Element("title", title).Line();
        page.Open("style").Raw(Style).Close().Line();
        page.Close().Line();
    }

    private static void WriteHeader(MarkupWriter page, string title, IEnumerable<Section> sections)
    {
        page.Open("header").Element("h1", title).Line();
        page.Open("nav", ("aria-label", "Contents")).Open("ul");
        foreach (var section in sections)
        {
            page.Open("li").Element("a", section.Title, ("href", $"#{section.Id}")).Close();
        }

        page.Close().Close().Close().Line();
    }

    private static void WriteSection(MarkupWriter page, Section section)
    {
        page.Open("section", ("id", section.Id), ("aria-labelledby", $"{section.Id}-h"));
        page.Element("h2", section.Title, ("id", $"{section.Id}-h")).Line();
        foreach (var block in section.Blocks)
        {
            HtmlBlocks.Write(page, block);
        }

        page.Close().Line();
    }

    /// <summary>For paper: whoever answers for the report signs it.</summary>
    private static void WriteSignatures(MarkupWriter page, ReportDocument document)
    {
        page.Open("footer").Open("div", ("class", "signatures"));
        page.Element("p", $"Compared by {document.Creator}: signature, date");
        page.Element("p", "Reviewed by: name, signature, date");
        page.Close().Close().Line();
    }

    private static string ReadStyle()
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream(StyleName)!;
        using var reader = new StreamReader(stream);
        // Whatever line ends the sources were checked out with.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}

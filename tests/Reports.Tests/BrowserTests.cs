using Dendrite.Reports.Document;
using Dendrite.Reports.Html;

namespace Dendrite.Reports.Tests;

/// <summary>
/// What a browser makes of the pages. They stay in <c>artifacts/reports</c>, to be looked at.
/// </summary>
public sealed class BrowserTests
{
    [Theory]
    [InlineData("ordinary")]
    [InlineData("one-channel")]
    [InlineData("thousand-channels")]
    [InlineData("hostile")]
    [InlineData("without-figures")]
    [InlineData("nothing-in-common")]
    [InlineData("empty")]
    public async Task A_page_fits_a_phone_and_a_desk_and_says_nothing_on_the_console(string name)
    {
        var chromium = Chromium.Find();
        Assert.SkipWhen(chromium is null, "No Chromium is installed.");
        var page = Path.Combine(Folder(), name + ".html");
        await File.WriteAllBytesAsync(page, HtmlReport.Write(Document(name)), TestContext.Current.CancellationToken);

        foreach (var width in new[] { 390, 320, 1200 })
        {
            var view = await Chromium.OpenAsync(chromium, page, width);

            Assert.Empty(view.Console);
            Assert.True(
                view.ContentWidth <= view.ViewWidth,
                $"{name} is {view.ContentWidth} wide in {view.ViewWidth}."
            );
            Assert.Equal(0, view.EmptyPlots);
        }
    }

    private static ReportDocument Document(string name) =>
        name switch
        {
            "ordinary" => SampleDocuments.Ordinary(),
            "one-channel" => SampleDocuments.WithChannels("LFP"),
            "thousand-channels" => SampleDocuments.WithChannels([
                .. Enumerable.Range(0, 1024).Select(i => $"AP{i}"),
            ]) with
            {
                Records = SampleDocuments.Records(1000),
            },
            "hostile" => SampleDocuments.Hostile(),
            "without-figures" => SampleDocuments.WithoutFigures(),
            "nothing-in-common" => SampleDocuments.NothingInCommon(),
            _ => SampleDocuments.Plain("Nothing yet"),
        };

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is { Name: not "artifacts" })
        {
            folder = folder.Parent;
        }

        return Directory.CreateDirectory(Path.Combine(folder!.FullName, "reports")).FullName;
    }
}

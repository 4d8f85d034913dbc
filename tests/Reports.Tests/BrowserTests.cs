using Dendrite.Reports.Html;

namespace Dendrite.Reports.Tests;

/// <summary>
/// What a browser makes of the pages. They stay in <c>artifacts/reports</c>, to be looked at.
/// </summary>
public sealed class BrowserTests
{
    public static TheoryData<string> Documents => [.. SampleDocuments.Names];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_page_fits_a_phone_and_a_desk_and_says_nothing_on_the_console(string name)
    {
        var chromium = Chromium.Find();
        Assert.SkipWhen(chromium is null, "No Chromium is installed.");
        var page = Path.Combine(Folder(), name + ".html");
        await File.WriteAllBytesAsync(
            page,
            HtmlReport.Write(SampleDocuments.Named(name)),
            TestContext.Current.CancellationToken
        );

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

using Dendrite.Reports.Plotting;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Tests;

/// <summary>The pictures of docs/reports.md are what the code draws. Set UPDATE_PICTURES=1 to draw them anew.</summary>
public sealed class PictureOfTheGuideTests
{
    [Theory]
    [InlineData("report-bands")]
    [InlineData("report-effects")]
    public void The_guide_shows_what_is_drawn(string name)
    {
        var path = Path.Combine(Root(), "docs", "images", name + ".svg");
        var drawn = Draw(name) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_PICTURES") == "1")
        {
            File.WriteAllText(path, drawn);
        }

        Assert.Equal(drawn, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    private static string Draw(string name)
    {
        var document = SampleDocuments.Ordinary();
        var (comparison, plot) = (document.Comparison, document.Plots[^1]);
        var rows = comparison.Channels.Select(channel => (channel.Pair.FromChannel, channel)).ToArray();
        return name == "report-bands"
            ? BandPlot.Draw("b", "O2", "uV", comparison.Options.Bands, (plot.From, plot.To))!.Svg
            : EffectMap.Draw("e", rows, FeatureNames.Of(comparison), 0.05).Svg;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Platform.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}

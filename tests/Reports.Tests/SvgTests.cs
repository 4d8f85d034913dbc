using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Dendrite.Reports.Document;
using Dendrite.Reports.Html;
using Dendrite.Reports.Plotting;
using Dendrite.V1;

namespace Dendrite.Reports.Tests;

/// <summary>Pictures hold what they are to show, where their scales say.</summary>
public sealed partial class SvgTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Every_channel_has_its_waveforms_spectra_and_band_powers_and_the_comparison_its_map()
    {
        var pictures = PicturesOf(SampleDocuments.Ordinary());
        var titles = pictures.Select(picture => picture.Element(Svg + "title")!.Value).ToArray();

        Assert.Equal(1 + (3 * SampleDocuments.Montage.Length), pictures.Length);
        Assert.Contains("Effect sizes by channel and feature", titles);
        foreach (var label in SampleDocuments.Montage)
        {
            Assert.Contains($"Waveforms of {label}", titles);
            Assert.Contains($"Spectra of {label}", titles);
            Assert.Contains($"Band powers of {label}", titles);
        }
    }

    [Theory]
    [InlineData(2, 0.196, 0.204)]
    [InlineData(2, -0.196, -0.204)]
    [InlineData(2, 0.7951, 0.8049)]
    [InlineData(9, 0.16, 0.24)]
    [InlineData(9, -1.151, -1.249)]
    public void Effects_that_a_map_shows_by_one_figure_have_one_colour(int features, double low, double high)
    {
        string[] names = [.. Enumerable.Range(0, features).Select(i => $"feature {i}")];
        var rows = new[] { low, high }.Select(g =>
            (
                $"{g}",
                new ChannelComparison
                {
                    Tests = { names.Select(name => new FeatureTest { Feature = name, HedgesG = g }) },
                }
            )
        );

        var map = XElement.Parse(EffectMap.Draw("map", [.. rows], names, 0.05).Svg);
        var figures = map.Elements(Svg + "text").Where(text => text.Attribute("text-decoration") is not null);
        var cells = map.Elements(Svg + "rect").Take(2 * features).Select(cell => cell.Attribute("fill")!.Value);

        Assert.Single(figures.Select(text => text.Value).Distinct());
        Assert.Single(cells.Distinct());
    }

    [Fact]
    public void Every_picture_has_a_title_and_a_description_of_its_own_that_it_is_labelled_by()
    {
        var pictures = PicturesOf(SampleDocuments.Ordinary());

        Assert.All(
            pictures,
            picture =>
            {
                var (title, description) = (picture.Element(Svg + "title")!, picture.Element(Svg + "desc")!);
                Assert.Equal(
                    $"{title.Attribute("id")!.Value} {description.Attribute("id")!.Value}",
                    picture.Attribute("aria-labelledby")!.Value
                );
                Assert.True(title.Value.Length > 0 && description.Value.Length > 0);
            }
        );
        var ids = pictures.SelectMany(picture => picture.DescendantsAndSelf().Attributes("id")).Select(id => id.Value);
        Assert.All(ids.GroupBy(id => id), group => Assert.Single(group));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Nothing_is_drawn_outside_of_its_picture_and_no_coordinate_is_no_number(string name)
    {
        foreach (var picture in PicturesOf(SampleDocuments.Named(name)))
        {
            var box = picture.Attribute("viewBox")!.Value.Split(' ').Select(Parse).ToArray();
            foreach (var (x, y) in picture.Descendants().SelectMany(Points))
            {
                Assert.InRange(x, 0, box[2]);
                Assert.InRange(y, 0, box[3]);
            }

            Assert.DoesNotContain("NaN", picture.ToString().Replace("NaN stretch", "", StringComparison.Ordinal));
        }
    }

    public static TheoryData<string> Documents => [.. SampleDocuments.Names];

    [Fact]
    public void A_bar_is_as_high_as_its_power_beside_that_of_the_old_side()
    {
        var (from, to) = (Estimates(10, 40), Estimates(25, 20));
        FrequencyBand[] bands = [new() { Band = "low" }, new() { Band = "high" }];

        var picture = XElement.Parse(BandPlot.Draw("b", "C3", "uV", bands, (from, to))!.Svg);
        var bars = picture
            .Elements(Svg + "rect")
            .Where(bar => Parse(bar.Attribute("y")!.Value) > 20)
            .Select(bar => Parse(bar.Attribute("height")!.Value))
            .ToArray();

        Assert.Equal(4, bars.Length);
        Assert.Equal(bars[0], bars[2], 2);
        Assert.Equal(2.5, bars[1] / bars[0], 2);
        Assert.Equal(0.5, bars[3] / bars[2], 2);
    }

    [Fact]
    public void Recordings_on_levels_far_apart_are_drawn_less_their_medians_and_others_as_they_are()
    {
        Waveform near = new(1, [-1, -2, -1], [1, 2, 1]);
        Waveform far = new(1, [9_000, 8_999, 9_000], [9_002, 9_003, 9_002]);

        var apart = WaveformOffsets.Settle(near, far);
        var together = WaveformOffsets.Settle(near, near);

        Assert.True(apart.IsMoved);
        Assert.Equal([-1.0, -2, -1], apart.To!.Minima);
        Assert.Equal((near, near, false), together);
    }

    [Fact]
    public void A_scale_places_its_ends_and_its_middle_and_labels_ticks_that_lie_between()
    {
        var linear = new LinearScale(-20, 80, 100, 0);
        var log = new LogScale(0.01, 100, 0, 80);

        Assert.Equal([100, 50, 0], new[] { -20.0, 30, 80 }.Select(linear.Place));
        Assert.Equal([0, 40, 80], new[] { 0.01, 1, 100 }.Select(value => Math.Round(log.Place(value), 9)));
        Assert.Equal(["−20", "0", "20", "40", "60", "80"], linear.Ticks.Select(tick => tick.Label));
        Assert.Equal(["0.01", "0.1", "1", "10", "100"], log.Ticks.Select(tick => tick.Label));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1e300, 1e300)]
    [InlineData(-1e308, 1e308)]
    [InlineData(1, 1.0000000000000002)]
    public void A_scale_of_any_ends_places_what_it_is_given_between_them(double low, double high)
    {
        var scale = new LinearScale(low, high, 0, 100);

        Assert.All(new[] { low, high, 0 }, value => Assert.InRange(scale.Place(value), 0, 100));
        Assert.True(scale.Ticks.Count <= 20);
    }

    [Fact]
    public void Text_on_every_step_of_the_colours_has_a_contrast_of_four_and_a_half()
    {
        for (var step = 0; step < Palette.Effects.Count; step++)
        {
            var (ink, paper) = (Luminance(Palette.InkOn(step)), Luminance(Palette.Effects[step]));
            var contrast = (Math.Max(ink, paper) + 0.05) / (Math.Min(ink, paper) + 0.05);

            Assert.True(contrast >= 4.5, $"Step {step} has a contrast of {contrast:0.00}.");
        }
    }

    private static XElement[] PicturesOf(ReportDocument document)
    {
        var page = System.Text.Encoding.UTF8.GetString(HtmlReport.Write(document));
        return [.. Pictures().Matches(page).Select(match => XElement.Parse(match.Value))];
    }

    private static ChannelTrace Estimates(params double[] means) =>
        new("uV", Waveform.Empty, Spectrum.Empty, [.. means.Select(mean => new BandEstimate(mean, mean, mean, 5))]);

    /// <summary>Where an element begins, and of paths every corner that is given by both coordinates.</summary>
    private static IEnumerable<(double X, double Y)> Points(XElement element)
    {
        if (element.Attribute("patternUnits") is not null || element.Parent?.Name == Svg + "pattern")
        {
            yield break;
        }

        if (element.Attribute("x") is { } x && element.Attribute("y") is { } y)
        {
            yield return (Parse(x.Value), Parse(y.Value));
            var (width, height) = (element.Attribute("width")?.Value ?? "0", element.Attribute("height")?.Value ?? "0");
            yield return (Parse(x.Value) + Parse(width), Parse(y.Value) + Parse(height));
        }

        foreach (Match corner in Corners().Matches(element.Attribute("d")?.Value ?? ""))
        {
            yield return (Parse(corner.Groups[1].Value), Parse(corner.Groups[2].Value));
        }
    }

    /// <summary>By WCAG 2.1.</summary>
    private static double Luminance(string colour)
    {
        var parts = new[] { 1, 3, 5 }
            .Select(at => Convert.ToInt32(colour.Substring(at, 2), 16) / 255.0)
            .Select(part => part <= 0.03928 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4))
            .ToArray();
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }

    private static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);

    [GeneratedRegex("<svg .*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Pictures();

    [GeneratedRegex(@"[ML](-?[\d.]+) (-?[\d.]+)")]
    private static partial Regex Corners();
}

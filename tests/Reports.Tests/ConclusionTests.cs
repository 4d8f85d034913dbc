using Dendrite.Reports.Findings;
using Dendrite.V1;

namespace Dendrite.Reports.Tests;

/// <summary>No more is concluded than the tests support.</summary>
public sealed class ConclusionTests
{
    [Theory]
    [InlineData(0.01, 0.2, 0.9, true)]
    [InlineData(0.01, -0.9, -0.2, true)]
    [InlineData(0.01, -0.1, 0.9, false)]
    [InlineData(0.05, 0.2, 0.9, false)]
    [InlineData(0.06, 0.2, 0.9, false)]
    [InlineData(double.NaN, 0.2, 0.9, false)]
    [InlineData(0.01, double.NaN, double.NaN, false)]
    public void A_difference_is_shown_where_both_the_corrected_p_and_the_interval_say_so(
        double p,
        double low,
        double high,
        bool isShown
    )
    {
        var test = new FeatureTest
        {
            AdjustedTP = p,
            HedgesGLow = low,
            HedgesGHigh = high,
        };

        Assert.Equal(isShown, Support.IsShown(test, 0.05));
    }

    [Fact]
    public void Where_no_difference_was_shown_none_is_said_to_be_equal()
    {
        var document = SampleDocuments.WithChannels("C3");
        document.Comparison.Channels[0] = SampleChannels.Compare("C3", 0, new Random(1));

        var said = string.Join('\n', Conclusions.Of(document));

        Assert.Contains("No difference was shown", said);
        Assert.Contains("does not say that the sides are equal", said);
        Assert.DoesNotContain("was greater", said);
    }

    [Fact]
    public void A_difference_that_ranks_do_not_show_is_doubted()
    {
        var document = SampleDocuments.WithChannels("C3");
        document.Comparison.Channels[0].Tests.Single(test => test.Feature == "power:alpha").UP = 0.4;

        Assert.Contains(Conclusions.Of(document), line => line.Contains("ranks alone", StringComparison.Ordinal));
    }

    [Fact]
    public void A_direction_is_that_of_the_new_side()
    {
        var document = SampleDocuments.WithChannels("C3");
        var alpha = document.Comparison.Channels[0].Tests.Single(test => test.Feature == "power:alpha");
        (alpha.HedgesG, alpha.HedgesGLow, alpha.HedgesGHigh) = (-1.4, -1.8, -1.0);

        Assert.Contains(
            "Alpha power was less on the new side in 1 of 1 channel (C3): Hedges' g −1.40, interval −1.80 to −1.00, "
                + "corrected p < 0.001.",
            Conclusions.Of(document)
        );
    }

    [Fact]
    public void Without_a_test_the_report_says_why_and_warns_of_nothing()
    {
        var document = SampleDocuments.NothingInCommon();

        Assert.Contains(
            Conclusions.Of(document),
            line => line.Contains("no channel in common", StringComparison.Ordinal)
        );
        Assert.Empty(Conclusions.LimitsOf(document));
    }

    [Fact]
    public void A_new_side_that_changed_nothing_since_the_merge_base_is_not_called_the_same_as_the_old_one()
    {
        var document = SampleDocuments.Plain("Since the base") with { Mode = DiffMode.FromMergeBase };
        document.Comparand.FromDigest = document.Comparand.ToDigest;

        var said = string.Join('\n', Conclusions.Of(document));

        Assert.Contains("The new side has changed nothing since the merge base", said);
        Assert.DoesNotContain("Both sides are the same", said);
    }

    [Fact]
    public void Channels_with_windows_enough_that_do_not_vary_are_said_not_to_vary()
    {
        var document = SampleDocuments.WithChannels("C3", "C4");
        SampleChannels.Flatten(document.Comparison.Channels[0]);
        SampleChannels.Blank(document.Comparison.Channels[1]);

        var said = string.Join('\n', Conclusions.Of(document));

        Assert.Contains("nothing that was measured varied", said);
        Assert.DoesNotContain("too few windows", said);
    }

    [Fact]
    public void Channels_without_windows_are_said_to_have_too_few()
    {
        var document = SampleDocuments.WithChannels("C3");
        SampleChannels.Blank(document.Comparison.Channels[0]);

        Assert.Contains(Conclusions.Of(document), line => line.Contains("too few windows", StringComparison.Ordinal));
    }
}

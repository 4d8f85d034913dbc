using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats;

public sealed class RecordedRateTests
{
    /// <summary>Headers of slow signals give 1/60 and 1/3600 Hz with as many digits as their writer had.</summary>
    [Theory]
    [InlineData("0.0166666666667", 1936, 116_160)]
    [InlineData("0.016666666666666666", 1936, 116_160)]
    [InlineData("0.000277777777778", 24, 86_400)]
    [InlineData("2.77777777777778e-4", 24, 86_400)]
    public void A_rate_below_1_Hz_keeps_its_digits(string text, long sample, long seconds)
    {
        var rate = RecordedRate.TryParse(text)!.Value;

        Assert.InRange(rate.SecondsAt(sample), seconds - 0.000_001m, seconds + 0.000_001m);
        Assert.Equal(sample, rate.NearestSample(seconds));
    }

    [Theory]
    [InlineData("0.10000000000000001", 1, 10)]
    [InlineData("0.30000000000000004", 3, 10)]
    [InlineData("12.800000000000001", 64, 5)]
    [InlineData("29999.9984621", 299_999_984_621, 10_000_000)]
    [InlineData("0.000000001", 1, 1_000_000_000)]
    public void What_a_double_adds_to_its_digits_is_left_out(string text, long samples, long seconds) =>
        Assert.Equal(new RecordedRate(samples, seconds), RecordedRate.TryParse(text));

    [Theory]
    [InlineData("0")]
    [InlineData("0.0000000009")]
    [InlineData("-1")]
    [InlineData("100000001")]
    [InlineData("fast")]
    public void What_cannot_be_counted_with_is_no_rate(string text) => Assert.Null(RecordedRate.TryParse(text));

    [Fact]
    public void Instants_of_the_slowest_rate_can_be_told_of_every_sample()
    {
        var slowest = RecordedRate.TryParse("0.00000000100000001")!.Value;

        Assert.True(slowest.SecondsAt(long.MaxValue) > 0);
    }
}

using Dendrite.Records.Cells;

namespace Dendrite.Records.Tests.Cells;

public sealed class ExactDecimalTests
{
    [Theory]
    [InlineData("1e-1000")]
    [InlineData("-1e-1000")]
    [InlineData("0e-1000")]
    [InlineData("1e999")]
    [InlineData("00012.5e-998")]
    [InlineData("123456789e-1000")]
    public void What_is_taken_can_be_read_again_as_it_is_written(string text)
    {
        Assert.True(ExactDecimal.TryParse(text, out var value));
        Assert.True(ExactDecimal.TryParse(value.ToString(), out var again));
        Assert.Equal(value, again);
        Assert.Equal(value.ToString(), again.ToString());
    }

    [Theory]
    [InlineData("1e-1001")]
    [InlineData("1.0e-1000")]
    [InlineData("1e1000")]
    [InlineData("10e999")]
    public void More_than_a_thousand_digits_are_refused(string text) =>
        Assert.False(ExactDecimal.TryParse(text, out _));
}

using Dendrite.Errors;
using Dendrite.Storage.Filtering;

namespace Dendrite.Storage.Tests.Filtering;

public sealed class TimedPlaceTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 21, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("0197a000-0000-7000-8000-000000000000")]
    [InlineData("an id of a stranger, with spaces")]
    [InlineData(" ")]
    [InlineData("")]
    public void A_place_is_read_as_it_was_written(string id)
    {
        var place = new TimedPlace(Time, id);

        Assert.Equal(place, TimedPlace.Parse(place.ToString()));
    }

    [Fact]
    public void The_first_page_has_none() => Assert.Null(TimedPlace.Parse(null));

    [Theory]
    [InlineData("")]
    [InlineData("639000000000000000")]
    [InlineData("yesterday x")]
    [InlineData("-1 x")]
    [InlineData("99999999999999999999 x")]
    [InlineData("9223372036854775807 x")]
    public void What_is_no_place_is_refused(string text) =>
        Assert.Equal(
            ErrorReason.InvalidPageToken,
            Assert.Throws<DendriteException>(() => TimedPlace.Parse(text)).Reason
        );
}

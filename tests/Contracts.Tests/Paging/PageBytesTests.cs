using Dendrite.Contracts.Paging;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Contracts.Tests.Paging;

public sealed class PageBytesTests
{
    [Theory]
    [InlineData(0, 1_000, 0)]
    [InlineData(3, 900_000, 3)]
    [InlineData(5, 900_000, 3)]
    [InlineData(2, 5_000_000, 1)]
    public void A_page_holds_what_fits_and_one_item_whatever_its_size(int count, int length, int expected)
    {
        var items = Enumerable.Range(0, count).Select(_ => new StringValue { Value = new string('x', length) });
        Assert.Equal(expected, PageBytes.Fitting(items).Count);
    }
}

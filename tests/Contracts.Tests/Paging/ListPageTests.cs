using Dendrite.Contracts.Paging;
using Dendrite.Errors;

namespace Dendrite.Contracts.Tests.Paging;

public sealed class ListPageTests
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 25).Select(i => $"n{i:D2}")];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(26)]
    public void From_page_to_page_every_item_comes_once_in_order(int size)
    {
        var (given, token, pages) = (new List<string>(), "", 0);
        do
        {
            var page = ListPage.Read(token, size, "ListTags", "projects/lab");
            var found = Find(page);
            given.AddRange(page.Of(found));
            token = page.TokenAfter(found, name => name);
            pages++;
        } while (token.Length > 0);

        Assert.Equal(Names, given);
        Assert.Equal((Names.Length + size - 1) / size, pages);
    }

    [Fact]
    public void Where_fewer_fit_into_the_answer_the_next_page_begins_behind_them()
    {
        var page = ListPage.Read("", 10, "ListTags", "projects/lab");
        var token = page.TokenAfter(Find(page), 3, name => name);

        Assert.Equal("n02", ListPage.Read(token, 10, "ListTags", "projects/lab").Place);
    }

    [Fact]
    public void The_first_page_has_no_place_and_begins_before_every_name()
    {
        var page = ListPage.Read("", 0, "ListTags");

        Assert.Null(page.Place);
        Assert.Equal(("", PageSize.Default, PageSize.Default + 1), (page.AfterName, page.Size, page.Limit));
    }

    [Fact]
    public void A_list_with_bounds_of_its_own_keeps_them()
    {
        Assert.Equal(20, ListPage.Read("", 0, [], defaultSize: 20, maxSize: 30).Size);
        Assert.Equal(30, ListPage.Read("", 1_000, [], defaultSize: 20, maxSize: 30).Size);
    }

    [Fact]
    public void A_token_of_another_list_and_a_negative_size_are_refused()
    {
        var token = PageToken.Encode("n02", "ListTags", "projects/other");

        Assert.Equal(ErrorReason.InvalidPageToken, ReasonOf(() => ListPage.Read(token, 0, "ListTags", "projects/lab")));
        Assert.Equal(ErrorReason.InvalidArgument, ReasonOf(() => ListPage.Read("", -1, "ListTags", "projects/lab")));
    }

    [Theory]
    [InlineData("0d6c1f4e-3a52-4c7b-9a18-0f5a3b7e6c21", true)]
    [InlineData("", false)]
    [InlineData("n02", false)]
    [InlineData("0d6c1f4e3a524c7b9a180f5a3b7e6c21", false)]
    [InlineData("0d6c1f4e-3a52-4c7b-9a18-0f5a3b7e6c21 1", false)]
    public void A_place_that_no_list_of_ids_gave_out_is_refused_and_not_a_fault(string place, bool isId)
    {
        var page = ListPage.Read(PageToken.Encode(place, "ListAlerts"), 0, "ListAlerts");

        if (isId)
            Assert.Equal(Guid.Parse(place), page.PlaceAsId());
        else
            Assert.Equal(ErrorReason.InvalidPageToken, ReasonOf(() => page.PlaceAsId()));
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("", null)]
    [InlineData("x", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData("7 8", null)]
    public void A_number_in_a_token_that_is_none_is_refused_and_not_a_fault(string place, int? number)
    {
        if (number is not null)
            Assert.Equal(number, PageToken.Parse(place, int.Parse));
        else
            Assert.Equal(ErrorReason.InvalidPageToken, ReasonOf(() => PageToken.Parse(place, int.Parse)));
    }

    [Fact]
    public void The_first_page_has_no_id()
    {
        Assert.Null(ListPage.Read("", 0, "ListAlerts").PlaceAsId());
    }

    private static List<string> Find(ListPage page) =>
        [.. Names.Where(name => string.CompareOrdinal(name, page.AfterName) > 0).Take(page.Limit)];

    private static ErrorReason ReasonOf(Action read) => Assert.Throws<DendriteException>(read).Reason;
}

namespace Dendrite.Contracts.Paging;

/// <summary>
/// The page of a list that a request asks for (AIP-158): where it begins, how many items it has, and the token of the
/// next one.
/// <code>
/// var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListTags), request.Parent, request.Filter);
/// var found = await tags.ListAsync(project, page.AfterName, page.Limit, token);
/// response.Tags.AddRange(page.Of(found).Select(TagMapper.ToContract));
/// response.NextPageToken = page.TokenAfter(found, tag => tag.Name);
/// </code>
/// </summary>
public sealed class ListPage
{
    private readonly string[] same;

    private ListPage(string? place, int size, string[] same)
    {
        Place = place;
        Size = size;
        this.same = same;
    }

    /// <summary>Where the page before ended, as its token has it; null for the first page.</summary>
    public string? Place { get; }

    /// <summary>The same of lists that are ordered by name: empty for the first page.</summary>
    public string AfterName => Place ?? "";

    /// <summary>The place as its list reads it; null for the first page.</summary>
    /// <param name="read">Reads its parts, which spaces part; null where they are no place of this list.</param>
    /// <exception cref="DendriteException">INVALID_PAGE_TOKEN.</exception>
    public T? PlaceAs<T>(Func<string[], T?> read)
        where T : struct => Place is null ? null : read(Place.Split(' ')) ?? throw PageToken.NotOurs();

    /// <summary>The same of lists that are ordered by UUIDs.</summary>
    public Guid? PlaceAsId() =>
        PlaceAs<Guid>(place => place is [var id] && Guid.TryParseExact(id, "D", out var read) ? read : null);

    /// <summary>How many items it has at the most.</summary>
    public int Size { get; }

    /// <summary>How many to look for: one more than the page says whether there is a next one.</summary>
    public int Limit => Size + 1;

    /// <param name="token">The request's <c>page_token</c>.</param>
    /// <param name="size">The request's <c>page_size</c>.</param>
    /// <param name="same">The method and the fields that must stay as they are from page to page.</param>
    /// <exception cref="DendriteException">INVALID_PAGE_TOKEN; INVALID_ARGUMENT of a negative size.</exception>
    public static ListPage Read(string token, int size, params string[] same) =>
        new(PageToken.Decode(token, same), PageSize.Resolve(size), same);

    /// <summary>The same with other bounds than usual, for small items.</summary>
    public static ListPage Read(string token, int size, string[] same, int defaultSize, int maxSize) =>
        new(PageToken.Decode(token, same), PageSize.Resolve(size, defaultSize, maxSize), same);

    /// <summary>The items of the page.</summary>
    /// <param name="found">Up to <see cref="Limit"/>, from its beginning.</param>
    public IEnumerable<T> Of<T>(IReadOnlyList<T> found) => found.Take(Size);

    /// <summary>The token of the next page; empty where this is the last.</summary>
    /// <param name="found">As of <see cref="Of"/>.</param>
    /// <param name="placeOf">What <see cref="Place"/> then is, of the last item of this page.</param>
    public string TokenAfter<T>(IReadOnlyList<T> found, Func<T, string> placeOf) => TokenAfter(found, Size, placeOf);

    /// <summary>The same where only some fitted into the answer.</summary>
    /// <param name="count">How many did; at least one where any was found.</param>
    public string TokenAfter<T>(IReadOnlyList<T> found, int count, Func<T, string> placeOf) =>
        found.Count > count ? PageToken.Encode(placeOf(found[count - 1]), same) : "";
}

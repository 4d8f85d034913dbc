namespace Dendrite.Cli.Tests.Fakes;

/// <summary>Lists that are longer than their commands show unless told.</summary>
internal static class FakePages
{
    public const int Count = 1_250;

    private const int MaxPage = 1_000;

    /// <summary>The items of a page, by their places, and what asks for the next one.</summary>
    public static (IEnumerable<int> Places, string Next) Of(int pageSize, string token)
    {
        var first = token.Length == 0 ? 0 : int.Parse(token);
        var size = Math.Min(Math.Min(pageSize, MaxPage), Count - first);
        var end = first + size;
        return (Enumerable.Range(first, size), end < Count ? $"{end}" : "");
    }
}

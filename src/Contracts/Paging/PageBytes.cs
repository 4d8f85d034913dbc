using Google.Protobuf;

namespace Dendrite.Contracts.Paging;

/// <summary>How much a page holds, beside how many items: a list goes on where its page is full.</summary>
public static class PageBytes
{
    /// <summary>Bytes of the items of a page, unless it is one: clients take messages of 4 MiB.</summary>
    public const int Max = 3_000_000;

    /// <summary>As many of the first items as a page holds; at least one where there is any.</summary>
    /// <param name="items">Read as far as they fit, and one more.</param>
    public static IReadOnlyList<T> Fitting<T>(IEnumerable<T> items)
        where T : IMessage
    {
        var (fitting, bytes) = (new List<T>(), 0L);
        foreach (var item in items)
        {
            bytes += item.CalculateSize();
            if (fitting.Count > 0 && bytes > Max)
            {
                break;
            }

            fitting.Add(item);
        }

        return fitting;
    }
}

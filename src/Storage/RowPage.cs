namespace Dendrite.Storage;

/// <summary>The first rows of what was asked for: no more than a limit, nor than some megabytes.</summary>
/// <param name="Items">At least one, where there is any.</param>
/// <param name="More">Whether others follow.</param>
/// <param name="Bytes">Of all the items.</param>
public sealed record RowPage<T>(IReadOnlyList<T> Items, bool More, long Bytes)
{
    /// <summary>How many to ask for next, so that rows like these make a page: at most so many.</summary>
    public int RowsAtOnce(int most) =>
        (int)Math.Clamp(RowPageBuilder<T>.MaxBytes * (long)Items.Count / Math.Max(1, Bytes), 1, most);
}

/// <summary>Gathers the rows of a page until it is full. Not thread-safe.</summary>
/// <param name="sizeOf">Bytes of a row: of what can be large in it.</param>
internal sealed class RowPageBuilder<T>(int limit, Func<T, long> sizeOf)
{
    /// <summary>
    /// Bytes of a page, unless it is one row: a little more than an answer shows, so that answers come from one.
    /// </summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>Rows and bytes that cost less to receive and drop than the statement to cancel.</summary>
    private const int FewRows = 1_000;

    private const int FewBytes = 1 << 20;

    private readonly List<T> items = new(Math.Min(limit, 1_000));
    private long bytes;

    public int Count => items.Count;

    /// <summary>Whether a row came that had no room.</summary>
    public bool IsFull { get; private set; }

    /// <summary>False where it has no room, which the next page begins with.</summary>
    public bool TryAdd(T row)
    {
        var size = sizeOf(row);
        if (items.Count == limit || (items.Count > 0 && bytes + size > MaxBytes))
        {
            IsFull = true;
            return false;
        }

        items.Add(row);
        bytes += size;
        return true;
    }

    /// <summary>Whether so many more rows like those are not worth a cancellation.</summary>
    public bool AreFew(long rows) => rows <= FewRows && rows * bytes <= (long)FewBytes * items.Count;

    public RowPage<T> ToPage() => new(items, IsFull, bytes);
}

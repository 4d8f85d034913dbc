namespace Dendrite.Signals.Formats;

/// <summary>
/// Finds places in lists in order of time or sample. Recordings have up to a million pieces and as many annotations: a
/// look at each piece for each annotation would take hours.
/// </summary>
internal static class SortedSearch
{
    /// <summary>Index of the last item that is not beyond a place; -1 where all are.</summary>
    /// <param name="items">Those that are not beyond it come first.</param>
    /// <param name="isBefore">Whether an item is not beyond it.</param>
    public static int LastIndex<T>(IReadOnlyList<T> items, Func<T, bool> isBefore)
    {
        int low = -1;
        for (int high = items.Count; high - low > 1; )
        {
            int middle = low + ((high - low) / 2);
            (low, high) = isBefore(items[middle]) ? (middle, high) : (low, middle);
        }
        return low;
    }
}

namespace Dendrite.Storage.Signals;

/// <summary>
/// The masks of a stream as its blocks come by: those that touch a block, and of the others no more than a page. Not
/// thread-safe.
/// </summary>
/// <param name="masks">By first sample.</param>
internal sealed class MaskWindow(IAsyncEnumerable<SampleMask> masks) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<SampleMask> ahead = masks.GetAsyncEnumerator();
    private readonly List<SampleMask> held = [];
    private bool isOver;

    /// <summary>The masks that touch a block, by first sample. Blocks come by first sample too.</summary>
    public async ValueTask<IReadOnlyList<SampleMask>> TouchingAsync(SampleRange block)
    {
        // No later block begins earlier.
        held.RemoveAll(mask => mask.Range.End <= block.Start);
        while (!isOver && (held.Count == 0 || held[^1].Range.Start < block.End))
        {
            isOver = !await ahead.MoveNextAsync();
            if (!isOver && ahead.Current.Range.End > block.Start)
            {
                held.Add(ahead.Current);
            }
        }

        return [.. held.Where(mask => mask.Range.Start < block.End)];
    }

    public ValueTask DisposeAsync() => ahead.DisposeAsync();
}

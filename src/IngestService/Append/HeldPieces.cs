namespace Dendrite.IngestService.Append;

/// <summary>A block or gap that came before what it follows.</summary>
/// <param name="MessageNumber">Of the message that brought it.</param>
/// <param name="Bytes">What it holds of the budgets.</param>
internal readonly record struct HeldPiece(BatchPiece Piece, long MessageNumber, long Bytes);

/// <summary>
/// Blocks and gaps of one writer that overtook others on the way: they wait until the hole before them is filled. For
/// one caller at a time.
/// </summary>
/// <remarks>
/// What waits here must never keep out what it waits for: it takes at most what <paramref name="maxBytes"/> says of the
/// writer's own budget, and of the server's a share that is refused when it is used up, and not waited for.
/// </remarks>
/// <param name="maxBytes">Most that may wait, in bytes.</param>
/// <param name="serverShare">What all writers together may hold so.</param>
internal sealed class HeldPieces(long maxBytes, ByteBudget serverShare)
{
    /// <summary>Small blocks are many before they are large; keeps what a writer costs in memory sane.</summary>
    private const int MaxPieces = 4_096;

    /// <summary>Group (-1: all of them) to its pieces, the first sample first.</summary>
    private readonly Dictionary<int, PriorityQueue<HeldPiece, (long Start, long Message)>> byGroup = [];

    private readonly SortedSet<long> messages = [];
    private long bytes;

    /// <summary>Number of the first message that waits; null while none does.</summary>
    public long? FirstMessage => messages.Count == 0 ? null : messages.Min;

    /// <summary>Keeps a piece until its turn.</summary>
    /// <returns>False where there is no room: the piece is not kept.</returns>
    public bool TryHold(HeldPiece piece)
    {
        if (messages.Count >= MaxPieces || bytes + piece.Bytes > maxBytes || !serverShare.TryAcquire(piece.Bytes))
        {
            return false;
        }

        var group = piece.Piece.Group ?? -1;
        if (!byGroup.TryGetValue(group, out var waiting))
        {
            byGroup[group] = waiting = new();
        }

        waiting.Enqueue(piece, (piece.Piece.Range.Start, piece.MessageNumber));
        messages.Add(piece.MessageNumber);
        bytes += piece.Bytes;
        return true;
    }

    /// <summary>Takes out a piece before which nothing is missing any more; null where there is none.</summary>
    public HeldPiece? TakeReady(StreamPosition position)
    {
        foreach (var (_, waiting) in byGroup)
        {
            if (waiting.TryPeek(out var piece, out _) && piece.Piece.PlaceIn(position) != BlockPlacement.Hole)
            {
                waiting.Dequeue();
                Remove(piece);
                return piece;
            }
        }

        return null;
    }

    /// <summary>Takes out everything: the holes will not be filled.</summary>
    public IReadOnlyList<HeldPiece> TakeAll()
    {
        var all = byGroup.Values.SelectMany(waiting => waiting.UnorderedItems).Select(item => item.Element).ToList();
        byGroup.Clear();
        all.ForEach(Remove);
        return all;
    }

    private void Remove(HeldPiece piece)
    {
        messages.Remove(piece.MessageNumber);
        bytes -= piece.Bytes;
        serverShare.Release(piece.Bytes);
    }
}

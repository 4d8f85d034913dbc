namespace Dendrite.Client.Spools;

/// <summary>A place between two records, and what lies before it.</summary>
/// <param name="Position">In the files.</param>
/// <param name="Counted">For each group, the gateway's count there.</param>
/// <param name="Stored">For each group, where the stream stands when all before is durable; empty: not known.</param>
/// <param name="Event">Number of the last event before it; 0 before the first.</param>
internal sealed record SpoolMark(
    SpoolPosition Position,
    IReadOnlyList<long> Counted,
    IReadOnlyList<long> Stored,
    long Event
)
{
    /// <summary>What is durable when a spool is opened: what was remembered, or else what is gone from it.</summary>
    public static SpoolMark At(Spool spool, SpoolState state)
    {
        var starts = spool.GroupStarts;
        return state.Durable is { } known && known.Counted.Zip(starts).All(group => group.First >= group.Second)
            ? new(spool.Start, known.Counted, known.Stored, state.DurableEvent)
            : new(spool.Start, starts, [], state.DurableEvent);
    }

    /// <summary>
    /// The farther of two. After a restart what was remembered reaches farther than the records that are read again.
    /// </summary>
    public SpoolMark MoveTo(SpoolMark other) =>
        other.Position <= Position ? this
        : other.Counted.Zip(Counted).All(group => group.First >= group.Second) ? other
        : this with { Position = other.Position, Event = other.Event };
}

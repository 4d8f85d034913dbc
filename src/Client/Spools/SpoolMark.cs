namespace Dendrite.Client.Spools;

/// <summary>A place between two records, and what lies before it.</summary>
/// <param name="Position">In the files.</param>
/// <param name="Counted">For each group, the gateway's count there.</param>
/// <param name="Stored">For each group, where the stream stands when all before is durable; empty: not known.</param>
internal sealed record SpoolMark(SpoolPosition Position, IReadOnlyList<long> Counted, IReadOnlyList<long> Stored)
{
    /// <summary>What is durable when a spool is opened: what was remembered, or else what is gone from it.</summary>
    public static SpoolMark At(Spool spool, DurablePoint? remembered)
    {
        var starts = spool.GroupStarts;
        return remembered is not null && remembered.Counted.Zip(starts).All(group => group.First >= group.Second)
            ? new(spool.Start, remembered.Counted, remembered.Stored)
            : new(spool.Start, starts, []);
    }

    /// <summary>
    /// The farther of two. After a restart what was remembered reaches farther than the records that are read again.
    /// </summary>
    public SpoolMark MoveTo(SpoolMark other) =>
        other.Position <= Position ? this
        : other.Counted.Zip(Counted).All(group => group.First >= group.Second) ? other
        : this with { Position = other.Position };
}

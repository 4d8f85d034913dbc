namespace Dendrite.IngestService.Append;

/// <summary>Where a block lies to what was received before it.</summary>
internal enum BlockPlacement
{
    /// <summary>It goes on where its group stands.</summary>
    Next,

    /// <summary>All of it was received before: a retry, to be compared with what is stored.</summary>
    Duplicate,

    /// <summary>It begins before the point where its group stands and ends after it.</summary>
    Straddles,

    /// <summary>It begins beyond that point: samples are missing, or blocks overtook each other.</summary>
    Hole,
}

/// <summary>How far each channel group of a stream was received. Pure; for one caller at a time.</summary>
/// <param name="groupEnds">For each group, the index of the next sample.</param>
internal sealed class StreamPosition(IEnumerable<long> groupEnds)
{
    private readonly long[] ends = groupEnds.ToArray();

    /// <summary>A copy of the ends as they are now.</summary>
    public long[] GroupEnds => [.. ends];

    public long NextSample => ends.Min();

    public int GroupCount => ends.Length;

    public long EndOf(int group) => ends[group];

    public BlockPlacement Place(int group, long firstSample, long sampleCount)
    {
        var next = ends[group];
        return firstSample == next ? BlockPlacement.Next
            : firstSample > next ? BlockPlacement.Hole
            : firstSample + sampleCount <= next ? BlockPlacement.Duplicate
            : BlockPlacement.Straddles;
    }

    /// <summary>
    /// A gap of all groups: it is next where it is next for each of them, and leaves a hole where some are not there
    /// yet.
    /// </summary>
    public BlockPlacement PlaceInAll(long firstSample, long sampleCount)
    {
        var placements = Enumerable.Range(0, ends.Length).Select(group => Place(group, firstSample, sampleCount));
        var distinct = placements.Distinct().ToArray();
        return distinct is [var same] ? same
            : distinct.All(placement => placement is BlockPlacement.Next or BlockPlacement.Hole) ? BlockPlacement.Hole
            : BlockPlacement.Straddles;
    }

    /// <param name="group">The group, or null for all.</param>
    /// <param name="endSample">Where it stands from now on.</param>
    public void MoveTo(int? group, long endSample)
    {
        if (group is { } one)
        {
            ends[one] = endSample;
        }
        else
        {
            Array.Fill(ends, endSample);
        }
    }
}

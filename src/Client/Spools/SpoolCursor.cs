namespace Dendrite.Client.Spools;

/// <summary>
/// Reads the spool for one call: record after record, each as the messages that it becomes for the stream as it stands.
/// For one caller at a time.
/// </summary>
/// <param name="spool">Read from its oldest record on, which is not dropped from then on.</param>
/// <param name="state">Where its sessions lie in the stream.</param>
/// <param name="groupEnds">Where each group of the stream stands.</param>
/// <param name="durable">
/// What is durable: events before it are not sent again, since the stream may have them otherwise by now, or not at
/// all.
/// </param>
/// <param name="maxBlockBytes">The largest payload of a block that the service takes.</param>
internal sealed class SpoolCursor(
    Spool spool,
    SpoolStateFile state,
    IReadOnlyList<long> groupEnds,
    SpoolMark durable,
    int maxBlockBytes
)
{
    private readonly RecordPlacement placement = new(groupEnds, maxBlockBytes);
    private readonly long[] counted = new long[groupEnds.Count];

    /// <summary>Groups whose next hole may be what damage cost.</summary>
    private readonly bool[] damaged = new bool[groupEnds.Count];
    private SpoolPosition position = spool.Rewind();
    private long segment;
    private long lastEvent;

    /// <summary>The session whose records are read; 0 before the first.</summary>
    public long Session { get; private set; }

    /// <summary>Where the stream will stand, in all groups, after what was read.</summary>
    public long End => placement.End;

    /// <summary>Where its farthest group will stand.</summary>
    public long FarthestEnd => placement.FarthestEnd;

    /// <summary>Whether everything that is spooled was read.</summary>
    public bool IsAtEnd => spool.BytesFrom(position) == 0;

    /// <summary>The next record; null where there is none yet.</summary>
    public PlacedRecord? Next()
    {
        if (spool.Read(position) is not { } read)
        {
            return null;
        }

        position = read.Next;
        Count(read);
        if (read.AfterDamage)
        {
            Array.Fill(damaged, true);
        }

        var messages = Place(read);
        ForgetDamage(read.Record);
        lastEvent = Math.Max(lastEvent, read.Record.EventNumber);
        var behind = new SpoolMark(position, [.. counted], placement.Ends, Math.Max(lastEvent, durable.Event));
        return new(messages, behind, read.Record.Kind == SpoolKind.Gap);
    }

    private void Count(in SpoolRead read)
    {
        if (segment != read.Segment.Number)
        {
            segment = read.Segment.Number;
            for (var group = 0; group < counted.Length; group++)
            {
                counted[group] = read.Segment.Starts[group];
            }
        }

        SpoolRecovery.Advance(counted, read.Record);
    }

    private IReadOnlyList<PlacedMessage> Place(in SpoolRead read)
    {
        var record = read.Record;
        if (record.Kind == SpoolKind.Session)
        {
            Enter(record.Count, Enumerable.Repeat(record.First, counted.Length));
            return [];
        }

        if (IsBehindUs(record) || IsDurableEvent(read))
        {
            return [];
        }

        if (Session == 0 || Session < read.Segment.Session)
        {
            Enter(read.Segment.Session, read.Segment.Starts);
        }

        return placement.Place(record, IsAfterDamage(record));
    }

    /// <summary>Damage may have cost each group samples: what lies before its next ones.</summary>
    private bool IsAfterDamage(in SpoolRecord record) =>
        record.HoldsSamples && (record.Group == SpoolRecord.AllGroups ? damaged.Contains(true) : damaged[record.Group]);

    private void ForgetDamage(in SpoolRecord record)
    {
        if (record.HoldsSamples && record.Group == SpoolRecord.AllGroups)
        {
            Array.Clear(damaged);
        }
        else if (record.HoldsSamples)
        {
            damaged[record.Group] = false;
        }
    }

    /// <summary>
    /// The place of a session is decided when its turn comes for the first time: behind everything before it, and
    /// behind whatever else the stream holds.
    /// </summary>
    private void Enter(long number, IEnumerable<long> starts)
    {
        Session = number;
        if (!state.State.Origins.TryGetValue(number, out var origin))
        {
            var from = state.State.SentFrom;
            // Of groups that stand apart, the one that is behind begins there: else its samples would lie too early.
            var start = starts.Select((first, group) => Math.Max(first, from is null ? 0 : from[group])).Min();
            origin = placement.FarthestEnd - start;
            var needed = state.State.Origins.Where(known => known.Key >= spool.FirstSession).ToDictionary();
            needed[number] = origin;
            state.Change(known => known with { Origins = new(needed) });
        }

        placement.Origin = origin;
    }

    /// <summary>
    /// Where it has no number, its place says it, unless its segment was thinned: then places are others.
    /// </summary>
    private bool IsDurableEvent(in SpoolRead read) =>
        read.Record.EventNumber > 0
            ? read.Record.EventNumber <= durable.Event
            : read.Record.IsEvent && !read.IsThinned && read.Next <= durable.Position;

    /// <summary>Whether it was durable before another writer's samples, at a place that is no longer known.</summary>
    private bool IsBehindUs(in SpoolRecord record)
    {
        if (state.State.SentFrom is not { } from)
        {
            return false;
        }

        // What holds no samples was spooled before those that it is placed at.
        return record.HoldsSamples
            ? record.End <= (record.Group == SpoolRecord.AllGroups ? from.Min() : from[record.Group])
            : record.First < from.Min();
    }
}

/// <summary>A record as the stream is to get it.</summary>
/// <param name="Messages">None when the stream holds all of it. Overwritten by the next record.</param>
/// <param name="Behind">Where the spool goes on.</param>
/// <param name="IsGap">Whether the record itself declares a gap.</param>
internal readonly record struct PlacedRecord(IReadOnlyList<PlacedMessage> Messages, SpoolMark Behind, bool IsGap);

using Dendrite.Backups.Stores;

namespace Dendrite.Client.Spools;

/// <summary>
/// A log of records on disk: written at the end, read from anywhere, trimmed at the front. Everything goes through it,
/// not only what cannot be sent: so what was taken is kept when the process is killed, order needs no thought, and a
/// resend needs no memory. While the platform keeps up, a segment is deleted long before the operating system would
/// have written it to the disk. Thread-safe. The format: docs/gateway.md.
/// </summary>
/// <remarks>
/// When the limit is reached, the oldest segment that is not being sent is dropped. The oldest, because what a clinic
/// watches and what a closed loop needs is the newest, and because an outage then costs one gap with both ends known;
/// dropping the newest would cut the recording into pieces as the queue drains.
/// </remarks>
internal sealed class Spool : IDisposable
{
    private readonly Lock gate = new();
    private readonly SpoolOptions options;
    private readonly SpoolLock held;
    private readonly List<SpoolSegment> segments;
    private readonly long[] ends;
    private long session;

    /// <summary>Annotations and anchors, as records, of the session that writes.</summary>
    private long events;
    private long bytes;

    /// <summary>Segments up to this one may hold records that are on their way; they are not dropped.</summary>
    private long pinnedThrough = -1;

    /// <summary>Segments before this one are on the disk.</summary>
    private long flushedBefore;

    private Spool(SpoolOptions options, SpoolLock held, SpoolRecovery recovered)
    {
        this.options = options;
        this.held = held;
        (segments, ends, session, CutBytes) = recovered;
        bytes = segments.Sum(segment => segment.Length);
    }

    /// <summary>Bytes that a crash had torn at the end; they were cut.</summary>
    public long CutBytes { get; }

    /// <summary>
    /// Called with group, first and end of samples that are dropped, under the spool's lock; must be quick.
    /// </summary>
    public Action<int, long, long> Dropped { get; set; } = (_, _, _) => { };

    /// <summary>Bytes of all segments.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return bytes;
            }
        }
    }

    /// <summary>For each group, the index after the last sample spooled.</summary>
    public long[] GroupEnds
    {
        get
        {
            lock (gate)
            {
                return [.. ends];
            }
        }
    }

    /// <summary>The session in which the oldest record was written.</summary>
    public long FirstSession
    {
        get
        {
            lock (gate)
            {
                return segments[0].Header.Session;
            }
        }
    }

    /// <summary>Where the oldest record is.</summary>
    public SpoolPosition Start
    {
        get
        {
            lock (gate)
            {
                return segments[0].Start;
            }
        }
    }

    /// <summary>For each group, the index of the oldest sample.</summary>
    public IReadOnlyList<long> GroupStarts
    {
        get
        {
            lock (gate)
            {
                return segments[0].Header.Starts;
            }
        }
    }

    /// <summary>Behind the newest record.</summary>
    public SpoolPosition End
    {
        get
        {
            lock (gate)
            {
                return segments[^1].End;
            }
        }
    }

    /// <summary>Cuts what a crash tore, and begins a session.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="held">Its directory, taken; disposed with the spool, and by the caller where this fails.</param>
    /// <param name="lastSession">
    /// The last session that is known otherwise: a crash may have torn its mark, and its number is not used again.
    /// </param>
    /// <exception cref="Errors.DendriteException">
    /// StreamLayoutMismatch: what lies there is of another layout; it is left as it was.
    /// </exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static Spool Open(SpoolOptions options, SpoolLock held, long lastSession = 0)
    {
        var spool = new Spool(options, held, SpoolRecovery.Of(options));
        spool.BeginSession(lastSession);
        return spool;
    }

    /// <summary>Adds a record at the end, and drops the oldest where there is no room.</summary>
    /// <returns>False when there is no room even so, or the disk refuses: nothing was added.</returns>
    public bool TryAppend(in SpoolRecord record)
    {
        lock (gate)
        {
            try
            {
                // What is no block is small, and what declares a loss must not be lost itself.
                while (record.Kind == SpoolKind.Block && bytes + record.SizeBytes > options.MaxBytes)
                {
                    if (!DropOldest())
                    {
                        return false;
                    }
                }

                Write(record);
                return true;
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>The first record at or behind a position; null at the end. Goes over what is damaged.</summary>
    public SpoolRead? Read(SpoolPosition at)
    {
        lock (gate)
        {
            var damaged = false;
            for (var i = IndexOf(at.Segment); i < segments.Count; i++)
            {
                var segment = segments[i];
                var offset = segment.Number == at.Segment ? at.Offset : segment.Start.Offset;
                if (segment.Read(offset) is { } record)
                {
                    pinnedThrough = Math.Max(pinnedThrough, segment.Number);
                    var next = new SpoolPosition(segment.Number, offset + record.SizeBytes);
                    return new(record, next, segment.Header, segment.IsThinned, damaged);
                }

                // Either the end of the segment, or damage in it: then the rest of it is lost.
                damaged |= offset < segment.Length;
                CloseUnlessLast(segment);
            }

            return null;
        }
    }

    /// <summary>
    /// Where the oldest record is, from which everything is read again: it is not dropped from now on.
    /// </summary>
    public SpoolPosition Rewind()
    {
        lock (gate)
        {
            pinnedThrough = segments[0].Number;
            return segments[0].Start;
        }
    }

    /// <summary>Nothing is on its way: whatever is oldest may be dropped.</summary>
    public void Release()
    {
        lock (gate)
        {
            pinnedThrough = -1;
        }
    }

    /// <summary>Forgets segments that lie wholly before a position.</summary>
    public void Trim(SpoolPosition durable)
    {
        lock (gate)
        {
            while (segments.Count > 1 && segments[0].Number < durable.Segment)
            {
                bytes -= segments[0].Length;
                segments[0].Delete();
                segments.RemoveAt(0);
            }
        }
    }

    /// <summary>Bytes of the records from a position on.</summary>
    public long BytesFrom(SpoolPosition at)
    {
        lock (gate)
        {
            return segments
                .Where(segment => segment.Number >= at.Segment)
                .Sum(segment =>
                    // A segment that was thinned since may end before the position.
                    Math.Max(0, segment.Length - (segment.Number == at.Segment ? at.Offset : segment.Start.Offset))
                );
        }
    }

    /// <summary>Waits until the disk has everything.</summary>
    public void Flush()
    {
        lock (gate)
        {
            foreach (var segment in segments.Where(segment => segment.Number >= flushedBefore))
            {
                segment.Flush();
                CloseUnlessLast(segment);
            }

            if (flushedBefore < segments[^1].Number)
            {
                UnixDirectory.Flush(options.Directory);
                flushedBefore = segments[^1].Number;
            }
        }
    }

    public void Dispose()
    {
        segments.ForEach(segment => segment.Dispose());
        held.Dispose();
    }

    /// <summary>
    /// Groups that a crash left behind others are made even, so that the session begins at one index.
    /// </summary>
    private void BeginSession(long lastSession)
    {
        if (segments.Count == 0)
        {
            AddSegment(number: 1);
        }

        var start = ends.Max();
        for (var group = 0; group < ends.Length; group++)
        {
            if (ends[group] < start)
            {
                Write(SpoolRecord.OfGap(group, ends[group], start, RecordPlacement.DeclaredGap));
            }
        }

        session = Math.Max(session, lastSession) + 1;
        Write(new(SpoolKind.Session, SpoolRecord.AllGroups, start, session, default));
    }

    private void Write(in SpoolRecord record)
    {
        var last = segments[^1];
        if (last.End > last.Start && last.Length + record.SizeBytes > options.SegmentBytes)
        {
            AddSegment(segments[^1].Number + 1);
        }

        var buffer = new byte[record.SizeBytes];
        (record.IsEvent ? record.AsEvent(session, events++) : record).Write(buffer);
        segments[^1].Append(buffer);
        bytes += buffer.Length;
        SpoolRecovery.Advance(ends, record);
    }

    private void AddSegment(long number)
    {
        var segment = SpoolSegment.Create(options.Directory, new(number, session, [.. ends]));
        // Readers and Flush open the one before again; two files are open at most.
        segments.LastOrDefault()?.Close();
        segments.Add(segment);
        bytes += segment.Length;
    }

    private bool DropOldest()
    {
        var at = segments.FindIndex(segment => segment.Number > pinnedThrough && !segment.IsThinned);
        if (at < 0 || at == segments.Count - 1)
        {
            return false;
        }

        var before = at > 0 && segments[at - 1].IsThinned && segments[at - 1].Number > pinnedThrough ? at - 1 : at;
        var old = segments[at];
        var damaged = SegmentThinner.FindDamaged(old, segments[at + 1]);
        // Told when it is done: on a full disk there may be no room to make room, and then nothing is dropped.
        var dropped = old.ReadAll()
            .Where(record => record.Kind == SpoolKind.Block)
            .Concat(damaged)
            .GroupBy(record => record.Group)
            .Select(blocks => (Group: blocks.Key, blocks.First().First, blocks.Last().End))
            .ToArray();
        var thinned = SegmentThinner.Thin(options.Directory, before < at ? segments[before] : null, old, damaged);
        segments[at] = thinned;
        segments.RemoveRange(before, at - before);
        bytes = segments.Sum(segment => segment.Length);
        foreach (var (group, first, end) in dropped)
        {
            Dropped(group, first, end);
        }

        return true;
    }

    private int IndexOf(long number)
    {
        var index = segments.FindIndex(segment => segment.Number >= number);
        return index < 0 ? segments.Count : index;
    }

    private void CloseUnlessLast(SpoolSegment segment)
    {
        if (!ReferenceEquals(segment, segments[^1]))
        {
            segment.Close();
        }
    }
}

/// <summary>A record that was read.</summary>
/// <param name="Record">It.</param>
/// <param name="Next">Behind it.</param>
/// <param name="Segment">The header of its segment.</param>
/// <param name="IsThinned">Whether that was thinned since the spool was opened.</param>
/// <param name="AfterDamage">Records before it could not be read.</param>
internal readonly record struct SpoolRead(
    SpoolRecord Record,
    SpoolPosition Next,
    SegmentHeader Segment,
    bool IsThinned,
    bool AfterDamage
);

using Google.Protobuf;

namespace Dendrite.Client.Spools;

/// <summary>
/// Makes room when the spool is full: a segment is written again with its blocks as declared gaps, and with everything
/// else that it holds (annotations, anchors, gaps, sessions), which takes next to nothing. The new file takes the old
/// one's place by a rename, so a crash leaves the one or the other. Neighbours that were thinned before are joined, so
/// that one outage makes one gap.
/// </summary>
internal static class SegmentThinner
{
    public const string NewExtension = ".new";

    /// <summary>What a dropped block becomes.</summary>
    public static readonly ReadOnlyMemory<byte> OverflowGap = new V1.Gap
    {
        Cause = V1.GapCause.SpoolOverflow,
        Note = "The gateway's spool was full.",
    }.ToByteArray();

    /// <summary>Thins a segment.</summary>
    /// <param name="directory">Of the spool.</param>
    /// <param name="before">A thinned segment that lies right before it and is joined to it; or null.</param>
    /// <param name="segment">Which.</param>
    /// <param name="damaged">What of it cannot be read, as <see cref="FindDamaged"/> says.</param>
    /// <returns>The segment as it is now, under the same number.</returns>
    public static SpoolSegment Thin(
        string directory,
        SpoolSegment? before,
        SpoolSegment segment,
        IReadOnlyList<SpoolRecord> damaged
    )
    {
        var header = before is null ? segment.Header : before.Header with { Number = segment.Number };
        var path = SpoolSegment.PathOf(directory, segment.Number);
        using (var file = new FileStream(path + NewExtension, FileMode.Create))
        {
            file.Write(header.ToBytes());
            foreach (var record in Join((before?.ReadAll() ?? []).Concat(segment.ReadAll()).Concat(damaged)))
            {
                var bytes = new byte[record.SizeBytes];
                record.Write(bytes);
                file.Write(bytes);
            }

            file.Flush(flushToDisk: true);
        }

        segment.Close();
        File.Move(path + NewExtension, path, overwrite: true);
        // Between the two steps a crash leaves both: what is told twice is skipped, since its samples are there.
        before?.Delete();
        return SpoolSegment.OpenThinned(path, header.Starts.Count);
    }

    /// <summary>What lay behind damage is lost: gaps, up to where the next segment begins.</summary>
    public static SpoolRecord[] FindDamaged(SpoolSegment segment, SpoolSegment next)
    {
        var ends = segment.Header.Starts.ToArray();
        foreach (var record in segment.ReadAll())
        {
            SpoolRecovery.Advance(ends, record);
        }

        return
        [
            .. next
                .Header.Starts.Index()
                .Where(start => ends[start.Index] < start.Item)
                .Select(start =>
                    SpoolRecord.OfGap(start.Index, ends[start.Index], start.Item, RecordPlacement.DamagedGap)
                ),
        ];
    }

    /// <summary>Blocks become gaps, and gaps of one cause that follow each other in a group become one.</summary>
    private static IEnumerable<SpoolRecord> Join(IEnumerable<SpoolRecord> records)
    {
        SortedDictionary<int, SpoolRecord> pending = [];
        foreach (var record in records)
        {
            if (record.Kind != SpoolKind.Block && !record.Payload.Span.SequenceEqual(OverflowGap.Span))
            {
                foreach (var gap in pending.Values)
                {
                    yield return gap;
                }

                pending.Clear();
                yield return record;
                continue;
            }

            var first = pending.TryGetValue(record.Group, out var open) ? open.First : record.First;
            pending[record.Group] = SpoolRecord.OfGap(record.Group, first, record.End, OverflowGap);
        }

        foreach (var gap in pending.Values)
        {
            yield return gap;
        }
    }
}

namespace Dendrite.Client.Spools;

/// <summary>What an earlier process left in a spool directory.</summary>
/// <param name="Segments">By number; the last one ends with a whole record.</param>
/// <param name="GroupEnds">For each group, the index after its last sample.</param>
/// <param name="Session">The last session.</param>
/// <param name="CutBytes">What was cut from the end because a crash had torn it.</param>
internal sealed record SpoolRecovery(List<SpoolSegment> Segments, long[] GroupEnds, long Session, long CutBytes)
{
    /// <summary>Reads the last segment whole and of the others the headers.</summary>
    public static SpoolRecovery Of(SpoolOptions options)
    {
        foreach (var unfinished in Directory.EnumerateFiles(options.Directory, "*" + SegmentThinner.NewExtension))
        {
            File.Delete(unfinished);
        }

        List<SpoolSegment> segments = [];
        foreach (var path in Directory.GetFiles(options.Directory, "*" + SpoolSegment.Extension).Order())
        {
            if (SpoolSegment.Open(path, options.GroupCount) is { } segment)
            {
                segments.Add(segment);
            }
            else
            {
                // The crash came while it was made, or the disk lost it; the hole is declared when it is reached.
                File.Delete(path);
            }
        }

        return segments is [.., var last] ? CutTorn(segments, last) : new(segments, new long[options.GroupCount], 0, 0);
    }

    private static SpoolRecovery CutTorn(List<SpoolSegment> segments, SpoolSegment last)
    {
        var ends = last.Header.Starts.ToArray();
        var session = last.Header.Session;
        var offset = last.Start.Offset;
        foreach (var record in last.ReadAll())
        {
            offset += record.SizeBytes;
            session = record.Kind == SpoolKind.Session ? record.Count : session;
            Advance(ends, record);
        }

        var torn = last.Length - offset;
        if (torn > 0)
        {
            last.CutAt(offset);
        }

        return new(segments, ends, session, torn);
    }

    /// <summary>Moves the ends behind a record.</summary>
    public static void Advance(long[] ends, in SpoolRecord record)
    {
        if (!record.HoldsSamples)
        {
            return;
        }

        if (record.Group == SpoolRecord.AllGroups)
        {
            Array.Fill(ends, record.End);
        }
        else
        {
            ends[record.Group] = record.End;
        }
    }
}

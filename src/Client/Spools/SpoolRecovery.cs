namespace Dendrite.Client.Spools;

/// <summary>What an earlier process left in a spool directory.</summary>
/// <param name="Segments">By number; the last one ends with a whole record.</param>
/// <param name="GroupEnds">For each group, the index after its last sample.</param>
/// <param name="Session">The last session.</param>
/// <param name="CutBytes">What was cut from the end because a crash had torn it.</param>
internal sealed record SpoolRecovery(List<SpoolSegment> Segments, long[] GroupEnds, long Session, long CutBytes)
{
    /// <summary>What a segment whose header is damaged is called from then on; nothing reads or deletes it.</summary>
    private const string DamagedExtension = ".damaged";

    /// <summary>Reads the last segment whole and of the others the headers.</summary>
    /// <exception cref="Errors.DendriteException">
    /// StreamLayoutMismatch: a segment is of another layout; nothing was changed.
    /// </exception>
    public static SpoolRecovery Of(SpoolOptions options)
    {
        List<SpoolSegment> segments = [];
        List<string> damaged = [];
        foreach (var path in Directory.GetFiles(options.Directory, "*" + SpoolSegment.Extension).Order())
        {
            if (SpoolSegment.Open(path, options.GroupCount) is { } segment)
            {
                segments.Add(segment);
            }
            else
            {
                damaged.Add(path);
            }
        }

        foreach (var unfinished in Directory.EnumerateFiles(options.Directory, "*" + SegmentThinner.NewExtension))
        {
            File.Delete(unfinished);
        }

        // The disk lost their headers; the hole is declared when it is reached.
        damaged.ForEach(path => SetAside(path, options.GroupCount));
        return segments is [.., var last] ? CutTorn(segments, last) : new(segments, new long[options.GroupCount], 0, 0);
    }

    /// <summary>
    /// What is shorter than a header never held a record: the crash came while it was made. Of anything else a person
    /// may save what is left.
    /// </summary>
    private static void SetAside(string path, int groupCount)
    {
        if (new FileInfo(path).Length < SegmentHeader.SizeOf(groupCount))
        {
            File.Delete(path);
            return;
        }

        var aside = path + DamagedExtension;
        for (var i = 2; File.Exists(aside); i++)
        {
            aside = $"{path}.{i}{DamagedExtension}";
        }

        File.Move(path, aside);
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

    /// <summary>
    /// Moves the ends behind a record, and never back: what a full disk cost is declared group by group when there is
    /// room, and a gap of all groups may lie before what was declared of one.
    /// </summary>
    public static void Advance(long[] ends, in SpoolRecord record)
    {
        if (!record.HoldsSamples)
        {
            return;
        }

        if (record.Group == SpoolRecord.AllGroups)
        {
            for (var group = 0; group < ends.Length; group++)
            {
                ends[group] = Math.Max(ends[group], record.End);
            }
        }
        else
        {
            ends[record.Group] = Math.Max(ends[record.Group], record.End);
        }
    }
}

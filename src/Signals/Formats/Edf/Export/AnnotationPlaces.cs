using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>
/// Which record holds which annotations: each the ones that begin in it, in order, and where there are more of them
/// than it has room for, the records after it, then any before.
/// </summary>
internal sealed class AnnotationPlaces
{
    private readonly Dictionary<long, List<byte[]>> lists = [];
    private readonly Dictionary<long, int> used = [];
    private readonly int capacity;
    private readonly decimal[] onsets;

    private AnnotationPlaces(int capacity, decimal[] onsets)
    {
        this.capacity = capacity;
        this.onsets = onsets;
    }

    /// <summary>Finds a place for each; null when they do not all fit.</summary>
    /// <param name="annotations">By onset.</param>
    /// <param name="onsets">When each record begins.</param>
    /// <param name="room">
    /// Bytes of the annotation signals of a record, by signal; a list stands whole in one of them.
    /// </param>
    public static AnnotationPlaces? TryPlace(
        IReadOnlyList<EdfAnnotation> annotations,
        decimal[] onsets,
        IReadOnlyList<int> room
    )
    {
        // Each list must find room in some signal: reckoning with the first alone wastes a little and is always
        // right.
        var places = new AnnotationPlaces(room[0], onsets);
        if (onsets.Length == 0 || onsets.Any(onset => TalWriter.Timekeeping(onset).Length > room[0]))
        {
            return null;
        }
        long next = 0;
        long free = 0;
        foreach (var annotation in annotations)
        {
            byte[] list = TalWriter.Annotation(annotation);
            next = Math.Max(next, RecordAt(onsets, annotation.OnsetSeconds));
            while (next < onsets.Length && !places.Fits(next, list))
            {
                next++;
            }
            if (next < onsets.Length)
            {
                places.Add(next, list);
                continue;
            }
            next = onsets.Length - 1;
            while (free < onsets.Length && !places.Fits(free, list))
            {
                free++;
            }
            if (free == onsets.Length)
            {
                return null;
            }
            places.Add(free, list);
        }
        return places;
    }

    /// <summary>The room that these annotations need when each stands in the record in which it begins.</summary>
    public static int RoomFor(IReadOnlyList<EdfAnnotation> annotations, decimal[] onsets, int mostBytes)
    {
        var needed = new Dictionary<long, int>();
        foreach (var annotation in annotations)
        {
            long record = RecordAt(onsets, annotation.OnsetSeconds);
            needed[record] = needed.GetValueOrDefault(record) + TalWriter.Annotation(annotation).Length;
        }
        int longest = annotations.Select(annotation => TalWriter.Annotation(annotation).Length).DefaultIfEmpty(0).Max();
        int timekeeping = onsets.Max(onset => TalWriter.Timekeeping(onset).Length);
        long even = annotations.Sum(annotation => (long)TalWriter.Annotation(annotation).Length) / onsets.Length * 2;
        int most = needed.Values.DefaultIfEmpty(0).Max();
        return timekeeping + Math.Max(longest, (int)Math.Min(most, Math.Max(mostBytes, even)));
    }

    /// <summary>The bytes of the record's first annotation signal.</summary>
    public byte[] Of(long record, decimal onset) =>
        [.. TalWriter.Timekeeping(onset), .. lists.GetValueOrDefault(record, []).SelectMany(list => list)];

    private bool Fits(long record, byte[] list) => UsedBy(record) + list.Length <= capacity;

    private int UsedBy(long record) =>
        used.TryGetValue(record, out int bytes) ? bytes : TalWriter.Timekeeping(onsets[record]).Length;

    private void Add(long record, byte[] list)
    {
        used[record] = UsedBy(record) + list.Length;
        if (!lists.TryGetValue(record, out var held))
        {
            lists[record] = held = [];
        }
        held.Add(list);
    }

    /// <summary>The last record that has begun at an instant; the first one for an instant before all.</summary>
    private static long RecordAt(decimal[] onsets, decimal seconds)
    {
        // Records that last no time, of files without samples, are filled from the first on.
        if (onsets[0] == onsets[^1])
        {
            return 0;
        }
        int found = Array.BinarySearch(onsets, seconds);
        return Math.Max(0, found >= 0 ? found : ~found - 1);
    }
}

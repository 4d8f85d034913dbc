namespace Dendrite.Signals.Formats;

/// <summary>
/// Collects warnings. A long file with the same fault in every record yields a bounded number of them.
/// </summary>
internal sealed class RecordingWarnings
{
    /// <summary>Enough to see the pattern; the last says how many more there are.</summary>
    private const int MaxOfOneKind = 20;

    private readonly List<RecordingWarning> kept = [];
    private readonly Dictionary<RecordingWarningKind, long> counts = [];

    public void Add(RecordingWarningKind kind, string field, long offset, string message, string file = "")
    {
        long count = counts[kind] = counts.GetValueOrDefault(kind) + 1;
        if (count <= MaxOfOneKind)
        {
            kept.Add(new(kind, PrintableText.Of(field), offset, PrintableText.Of(message)) { File = file });
        }
    }

    public IReadOnlyList<RecordingWarning> ToList()
    {
        var list = new List<RecordingWarning>(kept);
        foreach (var (kind, count) in counts)
        {
            if (count > MaxOfOneKind)
            {
                var last = kept.FindLast(warning => warning.Kind == kind)!;
                list.Add(last with { Message = $"{count - MaxOfOneKind} more warnings like this one follow." });
            }
        }
        return list;
    }
}

namespace Dendrite.Signals.Edf;

/// <summary>
/// Collects warnings. A long file with the same fault in every record yields a bounded number of them.
/// </summary>
internal sealed class EdfWarnings
{
    /// <summary>Enough to see the pattern; the last says how many more there are.</summary>
    private const int MaxOfOneKind = 20;

    private readonly List<EdfWarning> kept = [];
    private readonly Dictionary<EdfWarningKind, long> counts = [];

    public void Add(EdfWarningKind kind, string field, long offset, string message)
    {
        long count = counts[kind] = counts.GetValueOrDefault(kind) + 1;
        if (count <= MaxOfOneKind)
        {
            kept.Add(new(kind, field, offset, PrintableText.Of(message)));
        }
    }

    public IReadOnlyList<EdfWarning> ToList()
    {
        var list = new List<EdfWarning>(kept);
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

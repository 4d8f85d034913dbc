namespace Dendrite.Versioning.Tests.Histories;

/// <summary>A write of one key, and what became of its cells before it.</summary>
/// <param name="Row">Null: a deletion, or a merge's commit, which is no key's.</param>
internal sealed record NaiveWrite(int Number, int Key, Row? Row)
{
    public required NaiveCell A { get; init; }

    public required NaiveCell B { get; init; }

    /// <summary>All writes of the key that its writer had taken in: of a merge both sides'.</summary>
    public IReadOnlyCollection<NaiveWrite> TakenIn { get; init; } = [];

    /// <summary>What that comes to.</summary>
    public NaiveBase Before { get; init; } = new(Row: null);

    /// <summary>Whether a merge wrote it, and nobody had to choose.</summary>
    public bool IsMerged { get; init; }

    /// <summary>Whether it changed anything, as far as its writer knew.</summary>
    public bool IsChange => Before.IsNot(Row);

    public bool IsChangeOfA => Before.IsNotA(Row?.A);

    public bool IsChangeOfB => Before.IsNotB(Row?.B);

    /// <summary>The same write, by somebody who had taken in others.</summary>
    public NaiveWrite After(IReadOnlySet<NaiveWrite> takenIn) =>
        this with
        {
            TakenIn = takenIn,
            Before = NaiveBase.Of(takenIn),
        };

    /// <param name="over">The last writes that its writer had taken in: of a merge both sides'.</param>
    public static NaiveWrite Of(int number, int key, Row? row, params IEnumerable<NaiveWrite?> over)
    {
        var before = over.OfType<NaiveWrite>().Distinct().ToList();
        return new(number, key, row)
        {
            A = NaiveCell.Of(number, row?.A, before.Select(write => write.A)),
            B = NaiveCell.Of(number, row?.B, before.Select(write => write.B)),
        };
    }
}

/// <summary>A cell's value, which write gave it, and how much each write added to it: a book of changes.</summary>
internal sealed record NaiveCell(int? Value, int SetBy, IReadOnlyDictionary<int, int> Changes)
{
    public static NaiveCell Of(int write, int? value, IEnumerable<NaiveCell> over)
    {
        var before = over.ToList();
        var changes = Unite(before);
        changes[write] = (value ?? 0) - changes.Values.Sum();
        var kept = before.Where(cell => cell.Value == value).Select(cell => cell.SetBy);
        return new(value, kept.DefaultIfEmpty(write).Max(), changes);
    }

    /// <summary>Every change of either, once.</summary>
    public static int Sum(params IEnumerable<NaiveCell> cells) => Unite(cells).Values.Sum();

    private static Dictionary<int, int> Unite(IEnumerable<NaiveCell> cells) =>
        cells.SelectMany(cell => cell.Changes).Distinct().ToDictionary();
}

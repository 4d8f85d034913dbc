using Dendrite.Versioning.Merging;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>The three-way merge once more, as plainly as two columns allow.</summary>
/// <param name="lastSource">The source's last write of the key; null where nothing is said about columns.</param>
/// <param name="lastTarget">The target's.</param>
internal sealed class NaiveMerge(
    MergeChoice choice,
    (NaiveBase Base, Row? Source, Row? Target) sides,
    NaiveWrite? lastSource = null,
    NaiveWrite? lastTarget = null
)
{
    private readonly NaiveBase atBase = sides.Base;
    private readonly Row? source = sides.Source;
    private readonly Row? target = sides.Target;

    private bool IsOverDeletion =>
        source != target && atBase.IsNot(source) && atBase.IsNot(target) && (source is null || target is null);

    private bool ClashesInA =>
        source is not null
        && target is not null
        && atBase.IsNotA(source.A)
        && atBase.IsNotA(target.A)
        && Differ("a", source.A, target.A);

    private bool ClashesInB =>
        source is not null
        && target is not null
        && atBase.IsNotB(source.B)
        && atBase.IsNotB(target.B)
        && Differ("b", source.B, target.B);

    /// <summary>Name and columns of the conflict; null: none.</summary>
    public string? Conflict
    {
        get
        {
            if (IsOverDeletion)
            {
                var changed = source ?? target!;
                var name = source is null ? "DeletedAndChanged" : "ChangedAndDeleted";
                return $"{name} {Columns(atBase.Row?.A != changed.A, atBase.Row?.B != changed.B)}";
            }

            return ClashesInA || ClashesInB
                ? $"{(atBase.Row is null ? "BothAdded" : "CellConflict")} {Columns(ClashesInA, ClashesInB)}"
                : null;
        }
    }

    public bool TrySettle(int key, out Row? result)
    {
        if (Conflict is not null && choice.Decides(key))
        {
            result = Decide();
            return true;
        }

        if (source is null || target is null)
        {
            result =
                !IsOverDeletion ? (atBase.IsNot(source) ? source : target)
                : choice.Strategy == MergeStrategy.TakeSource ? source
                : target;
            return !IsOverDeletion || choice.Strategy != MergeStrategy.Fail;
        }

        var settled = TrySettle("a", CellA, ClashesInA, (lastSource?.A, lastTarget?.A), out var a);
        settled &= TrySettle("b", CellB, ClashesInB, (lastSource?.B, lastTarget?.B), out var b);
        result = new(a, b);
        return settled;
    }

    private Row? Decide() =>
        choice.Decision switch
        {
            ConflictDecision.Row => MergeChoice.DecidedRow,
            ConflictDecision.Values when IsOverDeletion => (source ?? target!) with { A = MergeChoice.DecidedValue },
            ConflictDecision.Values => Decide(_ => MergeChoice.DecidedValue),
            ConflictDecision.Source => IsOverDeletion ? source : Decide(cell => cell.Source),
            ConflictDecision.Target => IsOverDeletion ? target : Decide(cell => cell.Target),
            _ => IsOverDeletion || atBase.Row is null ? atBase.Row : Decide(cell => cell.Base),
        };

    /// <summary>Cells in conflict as decided, others as the side has them that changed them.</summary>
    private Row Decide(Func<(int? Base, int? Source, int? Target), int?> decided) =>
        new(ClashesInA ? decided(CellA) : Changed(CellA), ClashesInB ? decided(CellB) : Changed(CellB));

    private (int? Base, int? Source, int? Target) CellA => (atBase.Row?.A, source!.A, target!.A);

    private (int? Base, int? Source, int? Target) CellB => (atBase.Row?.B, source!.B, target!.B);

    private bool Differ(string column, int? s, int? t) => s != t || (s is not null && choice.AddsUp(column));

    /// <summary>Of a cell that is not in conflict: one that the base leaves open is the same on both sides.</summary>
    private static int? Changed((int? Base, int? Source, int? Target) cell) =>
        cell.Source == cell.Base ? cell.Target : cell.Source;

    private bool TrySettle(
        string column,
        (int? Base, int? Source, int? Target) cell,
        bool clashes,
        (NaiveCell? Source, NaiveCell? Target) last,
        out int? result
    )
    {
        var (_, s, t) = cell;
        if (!clashes)
        {
            result = Changed(cell);
            return true;
        }

        (result, var isTold) = (choice.StrategyOf(column), s, t) switch
        {
            (ColumnStrategy.TakeSource, _, _) => (s, true),
            (ColumnStrategy.TakeTarget, _, _) => (t, true),
            (ColumnStrategy.LastWriter, _, _) => (last.Source!.SetBy > last.Target!.SetBy ? s : t, true),
            (ColumnStrategy.Maximum, { } x, { } y) => (Math.Max(x, y), true),
            (ColumnStrategy.Minimum, { } x, { } y) => (Math.Min(x, y), true),
            // Sets of bits.
            (ColumnStrategy.SetUnion, { } x, { } y) => (x + y - (x & y), true),
            (ColumnStrategy.SumOfDeltas, { }, { }) => (NaiveCell.Sum(last.Source!, last.Target!), true),
            _ => (choice.Strategy == MergeStrategy.TakeSource ? s : t, choice.Strategy != MergeStrategy.Fail),
        };
        return isTold;
    }

    private static string Columns(bool a, bool b) =>
        string.Join(",", new[] { a ? "a" : "", b ? "b" : "" }.Where(c => c != ""));
}

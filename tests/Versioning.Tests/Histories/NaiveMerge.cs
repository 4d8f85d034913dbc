using Dendrite.Versioning.Merging;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>The three-way merge once more, as plainly as two columns allow.</summary>
internal sealed class NaiveMerge(Row? atBase, Row? source, Row? target)
{
    private bool IsOverDeletion =>
        source != target && source != atBase && target != atBase && (source is null || target is null);

    private bool ClashesInA => Clashes(atBase?.A, source?.A, target?.A);

    private bool ClashesInB => Clashes(atBase?.B, source?.B, target?.B);

    /// <summary>Name and columns of the conflict; null: none.</summary>
    public string? Conflict
    {
        get
        {
            if (IsOverDeletion)
            {
                var changed = source ?? target!;
                var name = source is null ? "DeletedAndChanged" : "ChangedAndDeleted";
                return $"{name} {Columns(atBase!.A != changed.A, atBase.B != changed.B)}";
            }

            if (source is null || target is null || !(ClashesInA || ClashesInB))
            {
                return null;
            }

            return $"{(atBase is null ? "BothAdded" : "CellConflict")} {Columns(ClashesInA, ClashesInB)}";
        }
    }

    public bool TrySettle(MergeChoice choice, out Row? result)
    {
        if (source == target || source == atBase)
        {
            result = target;
            return true;
        }

        if (target == atBase)
        {
            result = source;
            return true;
        }

        if (IsOverDeletion)
        {
            result = choice.Strategy == MergeStrategy.TakeSource ? source : target;
            return choice.Strategy != MergeStrategy.Fail;
        }

        var settled = TrySettle(choice, atBase?.A, source!.A, target!.A, out var a);
        settled &= TrySettle(choice, atBase?.B, source.B, target.B, out var b);
        result = new(a, b);
        return settled;
    }

    private static bool Clashes(int? b, int? s, int? t) => s != t && s != b && t != b;

    private static bool TrySettle(MergeChoice choice, int? b, int? s, int? t, out int? result)
    {
        if (!Clashes(b, s, t))
        {
            result = s == b ? t : s;
            return true;
        }

        var combined = (choice.Column, s, t) switch
        {
            (ColumnStrategy.Maximum, { } x, { } y) => Math.Max(x, y),
            (ColumnStrategy.Minimum, { } x, { } y) => Math.Min(x, y),
            (ColumnStrategy.SumOfDeltas, { } x, { } y) => x + y - (b ?? 0),
            _ => (int?)null,
        };
        result = combined ?? (choice.Strategy == MergeStrategy.TakeSource ? s : t);
        return combined is not null || choice.Strategy != MergeStrategy.Fail;
    }

    private static string Columns(bool a, bool b) =>
        string.Join(",", new[] { a ? "a" : "", b ? "b" : "" }.Where(c => c != ""));
}

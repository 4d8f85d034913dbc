namespace Dendrite.Versioning.Tests.Histories;

/// <summary>What two branches have in common of one key, as plainly as two columns allow.</summary>
/// <param name="IsOpen">Whoever took in all that both did had to choose whether there is a row.</param>
/// <param name="IsOpenA">The same of the value of <c>a</c>; the row has none then.</param>
internal sealed record NaiveBase(Row? Row, bool IsOpen = false, bool IsOpenA = false, bool IsOpenB = false)
{
    /// <summary>Whether a branch that shows the row changed something.</summary>
    public bool IsNot(Row? row) => IsOpen || IsOpenA || IsOpenB || Row != row;

    public bool IsNotA(int? value) => IsOpen || IsOpenA || Row?.A != value;

    public bool IsNotB(int? value) => IsOpen || IsOpenB || Row?.B != value;

    /// <summary>What writes of one key come to: those that nobody there had taken in, merged one by one.</summary>
    public static NaiveBase Of(IReadOnlySet<NaiveWrite> writes, bool addsUp)
    {
        var last = writes.Where(write => !writes.Any(other => other.TakenIn.Contains(write))).ToList();
        var (result, taken) = (new NaiveBase(Row: null), new HashSet<NaiveWrite>());
        foreach (var write in last.OrderBy(write => write.Number))
        {
            var past = write.TakenIn.Append(write).ToHashSet();
            result =
                taken.Count == 0
                    ? new(write.Row)
                    : Join(Of(taken.Intersect(past).ToHashSet(), addsUp), result, write.Row, addsUp);
            taken.UnionWith(past);
        }

        return result;
    }

    private static NaiveBase Join(NaiveBase common, NaiveBase left, Row? right, bool addsUp)
    {
        if (left.IsOpen)
        {
            return left;
        }

        if (left is { IsOpenA: false, IsOpenB: false } && !common.IsNot(left.Row))
        {
            return new(right);
        }

        if (!common.IsNot(right) || (left.Row is null && right is null))
        {
            return left;
        }

        if (left.Row is null || right is null)
        {
            return new(Row: null, true);
        }

        var a = Join((common.Row?.A, common.IsOpen || common.IsOpenA), (left.Row.A, left.IsOpenA), right.A, addsUp);
        var b = Join((common.Row?.B, common.IsOpen || common.IsOpenB), (left.Row.B, left.IsOpenB), right.B, addsUp);
        return new(new(a.Value, b.Value), false, a.IsOpen, b.IsOpen);
    }

    private static (int? Value, bool IsOpen) Join(
        (int? Value, bool IsOpen) common,
        (int? Value, bool IsOpen) left,
        int? right,
        bool addsUp
    )
    {
        var isOfLeft = common.IsOpen || left.Value != common.Value;
        var isOfRight = common.IsOpen || right != common.Value;
        var counts = addsUp && left.Value is not null && right is not null;
        return left.IsOpen ? left
            : !isOfLeft ? (right, false)
            : !isOfRight ? left
            : counts && !common.IsOpen ? (left.Value + right - (common.Value ?? 0), false)
            : left.Value == right && !counts ? left
            : (null, true);
    }
}

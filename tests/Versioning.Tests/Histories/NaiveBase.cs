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

    /// <summary>What writes of one key come to: those that nobody there had taken in, joined one by one.</summary>
    public static NaiveBase Of(IReadOnlySet<NaiveWrite> writes)
    {
        var last = writes.Where(write => !writes.Any(other => other.TakenIn.Contains(write))).ToList();
        var (result, taken) = (new NaiveBase(Row: null), new HashSet<NaiveWrite>());
        foreach (var write in last.OrderBy(write => write.Number))
        {
            var past = write.TakenIn.Append(write).ToHashSet();
            result = taken.Count == 0 ? new(write.Row) : Join(result, taken, write.Row, past);
            taken.UnionWith(past);
        }

        return result;
    }

    private static NaiveBase Join(NaiveBase left, HashSet<NaiveWrite> ofLeft, Row? right, HashSet<NaiveWrite> ofRight)
    {
        var (onlyLeft, onlyRight) = (ofLeft.Except(ofRight).ToList(), ofRight.Except(ofLeft).ToList());
        if (left.IsOpen || !onlyRight.Exists(write => write.IsChange))
        {
            return left;
        }

        if (!onlyLeft.Exists(write => write.IsChange))
        {
            return new(right);
        }

        if (left.Row is null || right is null)
        {
            return new(Row: null, IsOpen: left.Row is not null || right is not null);
        }

        var (rightA, rightB) = (onlyRight.Exists(w => w.IsChangeOfA), onlyRight.Exists(w => w.IsChangeOfB));
        var (bothA, bothB) = (
            rightA && onlyLeft.Exists(w => w.IsChangeOfA),
            rightB && onlyLeft.Exists(w => w.IsChangeOfB)
        );
        // Numbers: equal ones may have been added up, too.
        var openA = left.IsOpenA || (bothA && (left.Row.A ?? right.A) is not null);
        var openB = left.IsOpenB || (bothB && left.Row.B != right.B);
        var row = new Row(
            openA ? null
                : rightA ? right.A
                : left.Row.A,
            openB ? null
                : rightB ? right.B
                : left.Row.B
        );
        return new(row, false, openA, openB);
    }
}

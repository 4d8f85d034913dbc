using System.Diagnostics.CodeAnalysis;
using Dendrite.Versioning.Merging;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>A row of a history: two columns of which either may be missing.</summary>
public sealed record Row(int? A, int? B)
{
    /// <summary>One of nine rows.</summary>
    public static Row Of(int number) => new(Cell(number % 3), Cell(number / 3 % 3));

    public static Row? From(IReadOnlyDictionary<string, int>? cells) =>
        cells is null
            ? null
            : new(cells.TryGetValue("a", out var a) ? a : null, cells.TryGetValue("b", out var b) ? b : null);

    public IReadOnlyDictionary<string, int> ToCells()
    {
        var cells = new Dictionary<string, int>();
        if (A is { } a)
        {
            cells.Add("a", a);
        }

        if (B is { } b)
        {
            cells.Add("b", b);
        }

        return cells;
    }

    public override string ToString() => $"a={A?.ToString(Invariant) ?? "-"} b={B?.ToString(Invariant) ?? "-"}";

    private static System.Globalization.CultureInfo Invariant => System.Globalization.CultureInfo.InvariantCulture;

    private static int? Cell(int number) => number == 2 ? null : number + 1;
}

/// <summary>Integers, with every operation.</summary>
internal sealed class IntegerRules : ICellRules<int>
{
    public bool Equals(int x, int y) => x == y;

    public int GetHashCode(int value) => value;

    public bool TryCompare(int left, int right, out int order)
    {
        order = left.CompareTo(right);
        return true;
    }

    public bool TrySumDeltas(Cell<int> atBase, Cell<int> source, Cell<int> target, out Cell<int> sum)
    {
        // The value of a cell that is not there is 0.
        sum = Cell.Of(source.Value + target.Value - atBase.Value);
        return true;
    }

    public bool TryUnite(int source, int target, [MaybeNullWhen(false)] out int union)
    {
        union = source | target;
        return true;
    }

    public string ToCanonicalText(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

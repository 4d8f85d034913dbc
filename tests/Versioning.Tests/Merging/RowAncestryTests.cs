using Dendrite.Versioning.Merging;
using Dendrite.Versioning.Tests.Histories;

namespace Dendrite.Versioning.Tests.Merging;

/// <summary>Rows are written <c>5: a=1 b=2 over 2 3</c>, by version.</summary>
public sealed class RowAncestryTests
{
    [Theory]
    [InlineData("a", 2, "1: a=1", "2: a=2 over 1", "5: a=2 b=1 over 2")]
    [InlineData("b", 5, "1: a=1", "2: a=2 over 1", "5: a=2 b=1 over 2")]
    [InlineData("a", 5, "1: a=1", "2: a=2 over 1", "3: a=1 over 2", "5: a=2 over 3")]
    // A merge: a came from 2, b from 3, and c is of its own.
    [InlineData("a", 2, "1: a=1", "2: a=2 over 1", "3: a=1 b=2 over 1", "5: a=2 b=2 c=1 over 2 3")]
    [InlineData("b", 3, "1: a=1", "2: a=2 over 1", "3: a=1 b=2 over 1", "5: a=2 b=2 c=1 over 2 3")]
    [InlineData("c", 5, "1: a=1", "2: a=2 over 1", "3: a=1 b=2 over 1", "5: a=2 b=2 c=1 over 2 3")]
    [InlineData("a", 3, "1: a=1", "2: a=2 over 1", "3: a=2 over 1", "5: a=2 over 2 3")]
    // A cell that was removed, and a row.
    [InlineData("a", 2, "1: a=1", "2: b=1 over 1", "5: b=2 over 2")]
    [InlineData("a", 5, "1: a=1", "2: none over 1", "5: a=1 over 2")]
    public void A_cell_is_as_old_as_its_value(string column, long version, params string[] rows) =>
        Assert.Equal(new(version), Parse(rows).FindSetVersion(new(5), column));

    [Theory]
    [InlineData(14, "1: a=10", "4: a=12 over 1", "5: a=12 over 1")]
    [InlineData(24, "4: a=12", "5: a=12")]
    [InlineData(15, "1: a=10", "2: a=12 over 1", "4: a=13 over 2", "5: a=14 over 2")]
    // Merged crosswise: both hold the changes of 2 and 3.
    [InlineData(14, "1: a=10", "2: a=12 over 1", "3: a=12 over 1", "4: a=14 over 2 3", "5: a=14 over 3 2")]
    [InlineData(15, "1: a=10", "2: a=12 over 1", "3: a=12 over 1", "4: a=14 over 2 3", "5: a=15 over 3 2")]
    public void A_sum_counts_every_change_once(int sum, params string[] rows)
    {
        Assert.True(Parse(rows).TrySum(new(4), new(5), "a", out var found));
        Assert.Equal(Cell.Of(sum), found);
    }

    private static RowAncestry<string, int> Parse(string[] rows) => new(new IntegerRules(), rows.Select(Parse));

    private static AncestralRow<string, int> Parse(string row)
    {
        var parts = row.Split(": ");
        var sides = parts[1].Split(" over ");
        var cells =
            sides[0] == "none" ? null : sides[0].Split(' ').ToDictionary(cell => cell[..1], cell => Number(cell[2..]));
        var over = sides.Length == 1 ? [] : sides[1].Split(' ').Select(version => new CommitVersion(Number(version)));
        return new(new(Number(parts[0])), cells, [.. over]);
    }

    private static int Number(string text) => int.Parse(text, provider: null);
}

using Dendrite.Checks.Assertions;

namespace Dendrite.Checks.Tests;

/// <summary>Which datasets a query may be about, before PostgreSQL says which of them it reads.</summary>
public sealed class AssertionTableTests
{
    [Theory]
    [InlineData("SELECT id FROM subject", "subject")]
    [InlineData("SELECT 1 FROM \"lab-results\" r JOIN Visit v ON true", "lab-results", "visit")]
    [InlineData("select(1)from/**/subject", "subject")]
    public void Names_of_datasets_are_among_the_words_of_a_query(string sql, params string[] datasets) =>
        Assert.Empty(datasets.Except(AssertionTable.NamesIn(sql)));

    [Fact]
    public void What_is_no_name_of_a_dataset_is_not_asked_for() =>
        Assert.Equal(
            ["select", "a"],
            AssertionTable.NamesIn("SELECT 1, '2026-11-21', a_ FROM 9x").Except(["from", "x"])
        );
}

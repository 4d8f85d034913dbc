using Dendrite.ComparisonService.Tests.Records;

namespace Dendrite.ComparisonService.Tests.Quality;

/// <summary>Checks whose rule is SQL over the datasets of a state.</summary>
public sealed class SqlCheckTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    [Fact]
    public async Task Each_row_that_a_query_returns_is_a_finding_and_a_query_without_rows_holds()
    {
        var bench = await StartAsync("rows");
        var old = await bench.CreateAsync(
            "old",
            new() { AssertionSql = "SELECT id, age FROM subject WHERE age > 35 ORDER BY id" },
            bench.Branch
        );
        var young = await bench.CreateAsync(
            "young",
            new() { AssertionSql = "SELECT id FROM subject WHERE age < 18" },
            bench.Branch
        );

        var result = await bench.RunAsync(old, young);

        Assert.False(result.Passed);
        Assert.Equal(
            [(old.Name, false, "id s2, age 40"), (old.Name, false, "id s3, age 50"), (young.Name, true, "")],
            result.Findings.Select(finding => (finding.Check, finding.Passed, finding.Message))
        );
    }

    [Fact]
    public async Task Rows_beyond_the_first_ten_are_told_to_be_there()
    {
        var bench = await StartAsync("many");
        var records = new RecordBench(lab, "many");
        await records.PutAsync("data", [.. Enumerable.Range(0, 30).Select(i => ($"t{i}", (int?)60, (string?)"x"))]);
        var check = await bench.CreateAsync(
            "old",
            new() { AssertionSql = "SELECT id FROM subject WHERE age = 60" },
            bench.Branch
        );

        var result = await bench.RunAsync(check);

        Assert.Equal(11, result.Findings.Count);
        Assert.Equal("and more rows", result.Findings[^1].Message);
    }

    [Fact]
    public async Task A_state_without_the_dataset_fails_and_says_so()
    {
        var bench = await StartAsync("absent");
        await new RecordBench(lab, "bare").ForkAsync("data");
        var check = await bench.CreateAsync(
            "any",
            new() { AssertionSql = "SELECT id FROM subject WHERE age > 90" },
            bench.Branch
        );

        var result = await new QualityBench(lab, "bare").RunAsync(check);

        var finding = Assert.Single(result.Findings);
        Assert.Contains("cannot be checked", finding.Message, StringComparison.Ordinal);
        Assert.Contains("there is no dataset of that name", finding.Message, StringComparison.Ordinal);
        Assert.True((await bench.RunAsync(check)).Passed);
    }

    private async Task<QualityBench> StartAsync(string word)
    {
        var records = new RecordBench(lab, word);
        await records.ForkAsync("data");
        await records.CreateDatasetAsync("data");
        await records.PutAsync("data", ("s1", 30, "x"), ("s2", 40, "y"), ("s3", 50, null));
        return new(lab, word);
    }
}

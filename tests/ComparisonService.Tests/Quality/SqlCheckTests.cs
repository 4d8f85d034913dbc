using Dendrite.ComparisonService.Tests.Records;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

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

    [Fact]
    public async Task Columns_that_bear_the_names_of_system_columns_are_checked_like_any_other()
    {
        var bench = await StartAsync("box");
        var records = new RecordBench(lab, "box");
        Column[] columns =
        [
            new()
            {
                Column_ = "id",
                Type = ColumnType.Text,
                Required = true,
            },
            new() { Column_ = "xmin", Type = ColumnType.Double },
            new() { Column_ = "xmax", Type = ColumnType.Double },
            new() { Column_ = "ctid", Type = ColumnType.Text },
        ];
        await records.CreateDatasetAsync("data", "lesion-box", columns);
        await PutBoxAsync(records, "b1", 1, 2);
        await PutBoxAsync(records, "b2", 4, 3);
        string[] queries =
        [
            """SELECT id, xmin FROM "lesion-box" WHERE xmin > xmax""",
            """SELECT count(*) AS boxes FROM "lesion-box" """,
            """SELECT b AS box FROM "lesion-box" AS b JOIN subject ON subject.id = b.ctid WHERE b.xmax = 2""",
        ];
        List<QualityCheck> checks = [];
        foreach (var (i, sql) in queries.Index())
        {
            checks.Add(await bench.CreateAsync($"q{i}", new() { AssertionSql = sql }, bench.Branch));
        }

        var result = await bench.RunAsync(checks);

        Assert.Equal(
            ["id b2, xmin 4", "boxes 2", "box (b1,1,2,s1)"],
            result.Findings.Select(finding => finding.Message)
        );
        const string Behind = """SELECT s.c0 FROM dendrite_rows_0 AS s, "lesion-box" """;
        var refusal = await Assert.ThrowsAsync<RpcException>(() =>
            bench.CreateAsync("behind", new() { AssertionSql = Behind }, bench.Branch)
        );
        Assert.Contains("reads dendrite_rows_0, which is no dataset", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_that_asks_for_the_time_is_run_whenever_it_is_asked_for()
    {
        var bench = await StartAsync("time");
        var timed = await bench.CreateAsync(
            "timed",
            new() { AssertionSql = "SELECT id FROM subject WHERE current_date < date '2020-01-01'" },
            bench.Branch
        );
        var timeless = await bench.CreateAsync(
            "timeless",
            new() { AssertionSql = "SELECT id FROM subject WHERE age < 1" },
            bench.Branch
        );

        var (first, again) = (await bench.RunAsync(timed), await bench.RunAsync(timed));
        var (kept, same) = (await bench.RunAsync(timeless), await bench.RunAsync(timeless));

        Assert.True(first.Passed);
        Assert.NotEqual(first.QualityResultId, again.QualityResultId);
        Assert.Equal(kept, same);
    }

    [Fact]
    public async Task A_query_that_ran_longer_than_it_may_is_run_anew_the_next_time()
    {
        var bench = await StartAsync("slow");
        // Quick where there is no subject, as when it is registered.
        const string Sql = """
            SELECT id FROM subject WHERE age > (
                SELECT count(*) FROM generate_series(1, 100000) AS a, generate_series(1, 100000) AS b
                WHERE a + b > age)
            """;
        var check = await bench.CreateAsync("slow", new() { AssertionSql = Sql }, bench.Branch);

        var (first, again) = (await bench.RunAsync(check), await bench.RunAsync(check));

        var message = Assert.Single(first.Findings).Message;
        Assert.Equal("cannot be checked, it fails: ran longer than it may and was stopped", message);
        Assert.NotEqual(first.QualityResultId, again.QualityResultId);
    }

    [Fact]
    public async Task A_row_of_long_values_is_cut_where_it_is_told()
    {
        var bench = await StartAsync("long");
        var columns = Enumerable.Range(0, 20).Select(i => $"repeat('{(char)('a' + i)}', 500) AS c{i}");
        var sql = $"SELECT {string.Join(", ", columns)} FROM subject WHERE id = 's1'";
        var check = await bench.CreateAsync("long", new() { AssertionSql = sql }, bench.Branch);

        var message = Assert.Single((await bench.RunAsync(check)).Findings).Message;

        Assert.StartsWith("c0 aaaa", message, StringComparison.Ordinal);
        Assert.EndsWith("…", message, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(message), 400, 500);
    }

    [Fact]
    public async Task Many_checks_of_long_SQL_are_run_together()
    {
        var bench = await StartAsync("wide");
        List<QualityCheck> checks = [];
        for (var i = 0; i < 45; i++)
        {
            var sql = $"SELECT id FROM subject WHERE age < 1 -- {new string('x', 19_000)}";
            checks.Add(await bench.CreateAsync($"q{i}", new() { AssertionSql = sql }, bench.Branch));
        }

        Assert.Equal(45, (await bench.RunAsync(checks)).Findings.Count(finding => finding.Passed));
    }

    private async Task PutBoxAsync(RecordBench records, string id, double from, double to)
    {
        var put = new PutRecordsRequest { Parent = $"{records.Branch("data")}/datasets/lesion-box" };
        put.Records.Add(
            new RecordPut
            {
                Values = new()
                {
                    Fields =
                    {
                        ["id"] = Value.ForString(id),
                        ["xmin"] = Value.ForNumber(from),
                        ["xmax"] = Value.ForNumber(to),
                        ["ctid"] = Value.ForString("s1"),
                    },
                },
            }
        );
        await lab.Records.PutRecordsAsync(put, lab.Key);
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

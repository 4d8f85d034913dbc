using Dendrite.ComparisonService.Tests.Records;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Tests.Quality;

/// <summary>Subjects that should have visits: dataset <c>subject</c>, and visits in <c>visit</c>.</summary>
public sealed class RecordCheckTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private static readonly RequiredRecordsRule AnyVisit = new()
    {
        DatasetId = "subject",
        RequiredDatasetId = "visit",
        Columns = { "arm" },
    };

    [Fact]
    public async Task A_subject_without_its_visits_is_named_with_those_that_it_lacks()
    {
        var bench = await StartAsync("visits");
        var rule = new RequiredRecordsRule(AnyVisit) { ValueColumn = "week", RequiredValues = { "0", "4" } };
        var check = await bench.CreateAsync("all", new() { RequiredRecords = rule });

        var result = await bench.RunAsync(check);

        Assert.Equal(
            ["arm null has no week 0, 4 in dataset 'visit'", "arm x has no week 4 in dataset 'visit'"],
            result.Findings.Select(finding => finding.Message).Order()
        );
        Assert.All(
            result.Findings,
            finding => Assert.Equal("projects/lab/branches/visits-data/datasets/subject", finding.Resource)
        );
    }

    [Fact]
    public async Task Any_visit_will_do_where_no_values_are_asked_for()
    {
        var bench = await StartAsync("any");
        var check = await bench.CreateAsync("any", new() { RequiredRecords = AnyVisit });

        var finding = Assert.Single((await bench.RunAsync(check)).Findings);

        Assert.Equal("arm null has no record in dataset 'visit'", finding.Message);
    }

    [Fact]
    public async Task Datasets_and_columns_that_are_not_there_fail_and_say_so()
    {
        var bench = await StartAsync("absent");
        var gone = await bench.CreateAsync(
            "gone",
            new() { RequiredRecords = new(AnyVisit) { RequiredDatasetId = "visits" } }
        );
        var column = await bench.CreateAsync(
            "column",
            new()
            {
                RequiredRecords = new()
                {
                    DatasetId = "subject",
                    RequiredDatasetId = "visit",
                    Columns = { "age" },
                },
            }
        );

        var result = await bench.RunAsync(gone, column);

        Assert.Equal(
            ["dataset 'visit' has no column 'age'", "dataset 'visits' does not exist there"],
            result.Findings.Select(finding => finding.Message)
        );
    }

    [Fact]
    public async Task Failures_beyond_the_first_forty_are_counted()
    {
        var bench = await StartAsync("many");
        var records = new RecordBench(lab, "many");
        await records.PutAsync("data", [.. Enumerable.Range(0, 60).Select(i => ($"s{i}", (int?)i, (string?)$"a{i}"))]);
        var check = await bench.CreateAsync("any", new() { RequiredRecords = AnyVisit });

        var result = await bench.RunAsync(check);

        Assert.Equal(41, result.Findings.Count);
        Assert.Equal("and 20 more of 60 in all", result.Findings[^1].Message);
    }

    /// <summary>Arms x (week 0), y (weeks 0 and 4), and one subject without an arm.</summary>
    private async Task<QualityBench> StartAsync(string word)
    {
        var records = new RecordBench(lab, word);
        await records.ForkAsync("data");
        await records.CreateDatasetAsync("data");
        Column[] columns =
        [
            new()
            {
                Column_ = "id",
                Type = ColumnType.Text,
                Required = true,
            },
            new() { Column_ = "arm", Type = ColumnType.Text },
            new() { Column_ = "week", Type = ColumnType.Integer },
        ];
        await records.CreateDatasetAsync("data", "visit", columns);
        await records.PutAsync("data", ("s1", 30, "x"), ("s2", 40, "y"), ("s3", 50, null));
        var visits = new PutRecordsRequest { Parent = $"{records.Branch("data")}/datasets/visit" };
        visits.Records.AddRange([Visit("v1", "x", 0), Visit("v2", "y", 0), Visit("v3", "y", 4), Visit("v4", null, 4)]);
        await lab.Records.PutRecordsAsync(visits, lab.Key);
        return new(lab, word);
    }

    private static RecordPut Visit(string id, string? arm, int week) =>
        new()
        {
            Values = new()
            {
                Fields =
                {
                    ["id"] = Value.ForString(id),
                    ["arm"] = arm is null ? Value.ForNull() : Value.ForString(arm),
                    ["week"] = Value.ForNumber(week),
                },
            },
        };
}

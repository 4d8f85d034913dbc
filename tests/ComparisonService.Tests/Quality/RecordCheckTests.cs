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
    public async Task A_long_value_is_cut_between_its_characters()
    {
        var bench = await StartAsync("cut");
        var arm = new string('x', 295);
        await new RecordBench(lab, "cut").PutAsync("data", ("s4", 60, arm + "🧠 and on"), ("s3", 50, "x"));
        var check = await bench.CreateAsync("any", new() { RequiredRecords = AnyVisit });

        var finding = Assert.Single((await bench.RunAsync(check)).Findings);

        Assert.Equal($"arm {arm}… has no record in dataset 'visit'", finding.Message);
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

    [Fact]
    public async Task Decimals_are_compared_by_their_value_and_required_values_by_the_type_of_their_column()
    {
        var records = new RecordBench(lab, "dose");
        await records.ForkAsync("data");
        Column id = new()
        {
            Column_ = "id",
            Type = ColumnType.Text,
            Required = true,
        };
        Column dose = new() { Column_ = "dose", Type = ColumnType.Decimal };
        Column at = new() { Column_ = "at", Type = ColumnType.Timestamp };
        await records.CreateDatasetAsync("data", "ordered", id, dose);
        await records.CreateDatasetAsync("data", "given", id, dose, at);
        await PutAsync("ordered", Text("id", "o1"), Text("dose", "12.50"));
        await PutAsync("ordered", Text("id", "o2"), Text("dose", "13"));
        await PutAsync("given", Text("id", "g1"), Text("dose", "12.5"), Text("at", "2026-05-01T08:00:00Z"));
        var bench = new QualityBench(lab, "dose");
        RequiredRecordsRule rule = new()
        {
            DatasetId = "ordered",
            RequiredDatasetId = "given",
            Columns = { "dose" },
        };
        var given = await bench.CreateAsync("given", new() { RequiredRecords = rule });
        var values = new RequiredRecordsRule(rule) { ValueColumn = "dose", RequiredValues = { "12.500" } };
        var value = await bench.CreateAsync("value", new() { RequiredRecords = values });
        values = new(rule) { ValueColumn = "at", RequiredValues = { "2026-05-01T10:00:00+02:00" } };
        var instant = await bench.CreateAsync("instant", new() { RequiredRecords = values });

        var found = (await bench.RunAsync(given, value, instant)).Findings.Select(finding => finding.Message);

        Assert.Equal(
            [
                "dose 13 has no record in dataset 'given'",
                "dose 13 has no at 2026-05-01T10:00:00+02:00 in dataset 'given'",
                "dose 13 has no dose 12.500 in dataset 'given'",
            ],
            found
        );

        (string, Value) Text(string name, string text) => (name, Value.ForString(text));

        async Task PutAsync(string dataset, params (string Name, Value Value)[] cells)
        {
            var put = new RecordPut { Values = new() };
            put.Values.Fields.Add(cells.ToDictionary(cell => cell.Name, cell => cell.Value));
            var request = new PutRecordsRequest { Parent = $"{records.Branch("data")}/datasets/{dataset}" };
            request.Records.Add(put);
            await lab.Records.PutRecordsAsync(request, lab.Key);
        }
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

using Google.Protobuf.WellKnownTypes;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

public sealed class RecordReadTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Theory]
    [InlineData("", "", "S1,1 S1,2 S1,10 S2,1 S2,2")]
    [InlineData("visit >= 2", "", "S1,2 S1,10 S2,2")]
    [InlineData("visit = 10 OR subject = S2", "", "S1,10 S2,1 S2,2")]
    [InlineData("NOT weight > 70.0", "", "S1,2 S1,10 S2,1")]
    [InlineData("weight = 70", "", "S1,2")]
    [InlineData("weight:*", "weight desc", "S2,2 S1,1 S1,2 S1,10")]
    [InlineData("weight = null", "", "S2,1")]
    [InlineData("subject = \"S1*\" AND day < 2026-02-01", "", "S1,1")]
    [InlineData("subject != S1", "", "S2,1 S2,2")]
    [InlineData("", "weight", "S1,10 S1,2 S1,1 S2,2 S2,1")]
    [InlineData("", "weight desc", "S2,1 S2,2 S1,1 S1,2 S1,10")]
    [InlineData("", "day desc, visit", "S2,1 S2,2 S1,2 S1,10 S1,1")]
    public async Task Records_are_filtered_by_columns_and_ordered_across_pages(
        string filter,
        string order,
        string expected
    )
    {
        var lab = await VisitsAsync();

        Assert.Equal(expected, string.Join(' ', await lab.QueryAsync(Visits, filter, order)));
    }

    [Fact]
    public async Task Keys_are_asked_for_by_prefix_and_by_range()
    {
        var lab = await VisitsAsync();

        Assert.Equal(["S1,1", "S1,2", "S1,10"], await IdsAsync(lab, new() { KeyPrefix = { Value.ForString("S1") } }));
        Assert.Equal(
            ["S1,2", "S1,10", "S2,1"],
            await IdsAsync(lab, new() { StartRecordId = "S1,2", EndRecordId = "S2,2" })
        );
        Assert.Equal(
            ["S1,10"],
            await IdsAsync(lab, new() { KeyPrefix = { Value.ForString("S1") }, StartRecordId = "S1,3" })
        );
    }

    /// <summary>As in a record's id: the command line knows no types.</summary>
    [Theory]
    [InlineData("true", "true,-2 true,1.5")]
    [InlineData("true,1.5", "true,1.5")]
    [InlineData("true,-2", "true,-2")]
    [InlineData("false,NaN", "false,NaN")]
    [InlineData("0", "false,NaN")]
    public async Task Texts_stand_for_values_of_every_type_in_a_prefix(string prefix, string expected)
    {
        var lab = await DosesAsync();
        var request = new V1.QueryRecordsRequest { Parent = lab.Name(Doses), Selection = new() };
        request.Selection.KeyPrefix.AddRange(prefix.Split(',').Select(Value.ForString));

        var page = await lab.Records.QueryRecordsAsync(request, IngestFixture.Options);

        Assert.Equal(expected, string.Join(' ', page.Records.Select(record => record.Name.Split('/')[^1])));
    }

    /// <summary>A message is nested at most 100 deep for its readers, who would else refuse whole pages.</summary>
    [Theory]
    [InlineData("{\"a\":", "}", 29)]
    [InlineData("[", "]", 44)]
    public async Task JSON_is_taken_as_deep_as_it_is_read(string open, string close, int times)
    {
        var lab = await CreateAsync(fixture);
        V1.Column[] columns =
        [
            new() { Column_ = "id", Type = V1.ColumnType.Text },
            new() { Column_ = "v", Type = V1.ColumnType.Json },
        ];
        await lab.CreateAsync("deep", new() { Columns = { columns }, KeyColumns = { "id" } });
        var lines = lab.Csv("deep");
        lines.Format = V1.RecordFormat.JsonLines;
        lines.SkipBadRows = true;

        var load = await lab.LoadAsync(lines, Line("fits", times) + Line("deeper", times + 1));
        await lab.PutAsync("deep", Struct.Parser.ParseJson(Line("put", times)));
        var refusal = await RefusedAsync(() =>
            lab.PutAsync("deep", Struct.Parser.ParseJson(Line("deeper", times + 1)))
        );

        Assert.Equal((1, "v"), (load.LoadedRecords, Assert.Single(load.BadRows).Column));
        Assert.Equal("records[0].values.v", Assert.Single(refusal.FieldViolations).Field);
        Assert.Equal(["fits", "put"], await lab.QueryAsync("deep"));
        var record = await lab.GetAsync("deep", "fits");
        Assert.Equal(Struct.Parser.ParseJson(Line("fits", times)), record.Values);

        string Line(string id, int count) =>
            $$"""{"id":"{{id}}","v":{{Times(open, count)}}1{{Times(close, count)}}}""" + "\n";

        static string Times(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
    }

    [Fact]
    public async Task Later_pages_read_the_version_of_the_first_one()
    {
        var lab = await VisitsAsync();
        var request = new V1.QueryRecordsRequest { Parent = lab.Name(Visits), PageSize = 3 };
        var first = await lab.Records.QueryRecordsAsync(request, IngestFixture.Options);
        await lab.PutAsync(
            Visits,
            Row(("subject", "S2"), ("visit", 0)),
            Row(("subject", "S2"), ("visit", 2), ("weight", "1.0"))
        );

        request.PageToken = first.NextPageToken;
        var second = await lab.Records.QueryRecordsAsync(request, IngestFixture.Options);

        Assert.Equal(first.Version, second.Version);
        Assert.Equal(["S2,1", "S2,2"], second.Records.Select(record => record.Name.Split('/')[^1]));
        Assert.Equal("80.5", second.Records[1].Values.Fields["weight"].StringValue);
        Assert.Empty(second.NextPageToken);
    }

    [Fact]
    public async Task Only_the_columns_asked_for_are_sent()
    {
        var lab = await VisitsAsync();
        var page = await lab.Records.QueryRecordsAsync(
            new()
            {
                Parent = lab.Name(Visits),
                Selection = new() { Columns = { "weight" } },
            },
            IngestFixture.Options
        );

        Assert.All(page.Records, record => Assert.Equal(["weight"], record.Values.Fields.Keys));
    }

    private async Task<RecordLab> DosesAsync()
    {
        var lab = await CreateAsync(fixture);
        await lab.CreateAsync(Doses, DosesDataset());
        await lab.PutAsync(
            Doses,
            Row(("given", true), ("dose", 1.5)),
            Row(("given", true), ("dose", -2)),
            Row(("given", false), ("dose", "NaN"))
        );
        return lab;
    }

    private async Task<RecordLab> VisitsAsync()
    {
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1")), Row(("id", "S2")));
        await lab.PutAsync(
            Visits,
            Row(("subject", "S1"), ("visit", 1), ("weight", "70.5"), ("day", "2026-01-31")),
            Row(("subject", "S1"), ("visit", 2), ("weight", "70.0"), ("day", "2026-02-28")),
            Row(("subject", "S1"), ("visit", 10), ("weight", "9.5"), ("day", "2026-02-28")),
            Row(("subject", "S2"), ("visit", 1)),
            Row(("subject", "S2"), ("visit", 2), ("weight", "80.5"))
        );
        return lab;
    }

    private static async Task<IEnumerable<string>> IdsAsync(RecordLab lab, V1.RecordSelection selection)
    {
        var page = await lab.Records.QueryRecordsAsync(
            new() { Parent = lab.Name(Visits), Selection = selection },
            IngestFixture.Options
        );
        return page.Records.Select(record => record.Name.Split('/')[^1]);
    }
}

using System.Text;
using Dendrite.BranchService.Tests.Merging;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;

namespace Dendrite.BranchService.Tests.Assertions;

/// <summary>What a query sees of records: each type as PostgreSQL's own, old records as their columns say.</summary>
public sealed class AssertionDataTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Document = """
        {"1": "tab\there", "2": "9007199254740993", "3": "0.10000000000000000000000000000000000000000000000001",
         "4": 1e300, "5": true, "6": "2026-02-28", "7": "2026-02-28T23:59:59.999999Z",
         "8": "0192f0c4-0000-7000-8000-000000000000", "9": {"a": [1, "\\N"]}, "10": "mg", "11": 7,
         "13": null, "14": "a \"word\"", "15": 1e300, "16": {"b": [1, 2]}}
        """;

    private static readonly DatasetDefinition Definition = new()
    {
        Columns =
        [
            new(1, "id", CellType.Text) { Required = true },
            new(2, "whole", CellType.Integer),
            new(3, "exact", CellType.Decimal),
            new(4, "real", CellType.Double),
            new(5, "flag", CellType.Boolean),
            new(6, "day", CellType.Date),
            new(7, "at", CellType.Timestamp),
            new(8, "uid", CellType.Uuid),
            new(9, "more", CellType.Json),
            new(10, "UNIT", CellType.Enum) { AllowedValues = [CellValue.OfEnum("mg"), CellValue.OfEnum("g")] },
            // Was an integer when its record was written; the next came after it.
            new(11, "widened", CellType.Text) { FormerTypes = [CellType.Integer] },
            new(12, "younger", CellType.Text) { Fill = CellValue.OfText("none") },
            new(13, "cleared", CellType.Text) { Fill = CellValue.OfText("none") },
            new(14, "word", CellType.Json),
            new(15, "was_real", CellType.Text) { FormerTypes = [CellType.Double] },
            new(16, "was_json", CellType.Text) { FormerTypes = [CellType.Json] },
        ],
        Key = [1],
    };

    private static int count;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("id = E'tab\\there' AND id < 'tabs' AND 'Z' < id")]
    [InlineData("whole / 2 = 4503599627370496")]
    [InlineData("exact * 10 = 1.0000000000000000000000000000000000000000000000001")]
    [InlineData("real * 1e8 > 1e307 AND real * 1e7 < 'Infinity'")]
    [InlineData("flag")]
    [InlineData("day + 1 = DATE '2026-03-01'")]
    [InlineData("at + interval '1 microsecond' = TIMESTAMPTZ '2026-03-01 00:00:00Z' AND at::date = day")]
    [InlineData("uid = '0192F0C4-0000-7000-8000-000000000000'")]
    [InlineData("more -> 'a' ->> 1 = '\\N' AND more @> '{\"a\": [1]}'")]
    [InlineData("\"UNIT\" = 'mg'")]
    [InlineData("widened = '7' AND younger = 'none' AND cleared IS NULL")]
    [InlineData("word = '\"a \\\"word\\\"\"' AND jsonb_typeof(word) = 'string'")]
    [InlineData("was_real = '1e+300' AND was_json = '{\"b\":[1,2]}'")]
    public async Task A_column_is_of_the_type_that_PostgreSQL_has_for_it(string condition)
    {
        await PutAsync();
        var id = $"types-{Interlocked.Increment(ref count)}";

        await fixture.Assertions.CreateAssertionAsync(
            new()
            {
                Parent = "projects/lab",
                AssertionId = id,
                Assertion = new() { Sql = $"SELECT * FROM \"all-types\" WHERE ({condition}) IS NOT TRUE" },
                SchemaSource = Source,
            },
            fixture.Lab
        );

        var checkedState = await CheckAsync(id);
        Assert.True(checkedState.Holds, checkedState.Failure?.Message);
        // Were the record not there, everything would hold.
        await fixture.Assertions.UpdateAssertionAsync(
            new()
            {
                Assertion = new()
                {
                    Name = $"projects/lab/assertions/{id}",
                    Sql = $"SELECT * FROM \"all-types\" WHERE {condition}",
                },
                SchemaSource = Source,
            },
            fixture.Lab
        );
        Assert.Single((await CheckAsync(id)).Failure.Rows);
    }

    [Fact]
    public async Task A_dataset_that_is_too_large_fails_only_what_reads_it()
    {
        var trial = await Trial.CreateAsync(fixture, "large");
        await using var assertions = new TrialAssertions(fixture, trial);
        var wide = await assertions.AddAsync("wide", "SELECT id FROM subject WHERE code IS NULL AND age < 0");
        var narrow = await assertions.AddAsync("narrow", "SELECT id FROM visit");
        await trial.PutAsync(
            "target",
            [.. Enumerable.Range(0, 600).Select(i => ($"big{i}", (int?)30, (string?)null, (string?)$"{i, 200}"))]
        );

        var response = await fixture.Assertions.CheckAssertionsAsync(
            new()
            {
                Parent = "projects/lab",
                Source = new() { Branch = trial.Branch("target") },
                Assertions = { wide.Name, narrow.Name },
            },
            fixture.Lab
        );

        Assert.Equal([true, false], response.Results.Select(result => result.Holds));
        Assert.Contains(
            "reads more than 100000 characters of dataset 'subject'",
            response.Results[1].Failure.Message,
            StringComparison.Ordinal
        );
    }

    private static SnapshotReference Source => new() { Branch = "projects/lab/branches/all-types" };

    private async Task<AssertionResult> CheckAsync(string id)
    {
        var response = await fixture.Assertions.CheckAssertionsAsync(
            new()
            {
                Parent = "projects/lab",
                Source = Source,
                Assertions = { $"projects/lab/assertions/{id}" },
            },
            fixture.Lab
        );
        return Assert.Single(response.Results);
    }

    /// <summary>One record of a dataset <c>all-types</c> in a branch of that name, made once.</summary>
    private async Task PutAsync()
    {
        var found = await fixture.AsOwnerAsync("SELECT count(*) FROM records.dataset WHERE name = 'all-types'");
        if (found is not 0L)
        {
            return;
        }

        await fixture.CreateAsync("all-types");
        var reader = new SnapshotReader(fixture.Ingest);
        var head = await reader.ReadAsync(fixture.LabProject, "all-types", Storage.Snapshots.SnapshotPoint.Head, Token);
        var id = await new DatasetStore(fixture.Ingest).AllocateAsync(fixture.LabProject, Token);
        var json = Encoding.UTF8.GetBytes(DefinitionJson.Write(Definition));
        var document = Encoding.UTF8.GetBytes(Document);
        var cells = RecordCells.Read(Definition, document);
        var commit = new RecordCommit("tests", "all types")
        {
            Datasets = [new(id, new Guid((int)id.Value, 0, 0, new byte[8]), "all-types", json)],
            Records = [new(id, cells.EncodeKey(), document)],
        };
        Assert.NotNull(await new RecordWriter(fixture.Ingest).TryCommitAsync(fixture.LabProject, head, commit, Token));
    }
}

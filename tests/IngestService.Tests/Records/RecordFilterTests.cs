using Dendrite.Contracts.Cells;
using Dendrite.Contracts.Filters;
using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Google.Protobuf.WellKnownTypes;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>
/// Queries filter in the database, picks and diffs in memory: what one finds or refuses, the other does too.
/// </summary>
public sealed class RecordFilterTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const string Items = "items";
    private const int RandomFilters = 400;

    private static readonly string[] Columns = ["id", "word", "arm", "age", "dose", "load", "ok", "day", "at", "ref"];
    private static readonly string[] Signs = ["=", "!=", "<", "<=", ">", ">=", ":"];

    private static readonly string[] Values =
    [
        "null",
        "*",
        "\"null\"",
        "\"\"",
        "a",
        "\"a*\"",
        "\"ä\"",
        "placebo",
        "\"place*\"",
        "6",
        "\"6*\"",
        "65",
        "1e1",
        "5.001",
        "5.00",
        "NaN",
        "0.5",
        "true",
        "2026-11-21",
        "\"2026-11-21T08:30:00Z\"",
        "\"2026-11-21T10:30:00.25+02:00\"",
        "2f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b",
        "2F1E4C9A-8D3B-4A57-9C60-1B2D3E4F5A6B",
    ];

    private static readonly string[] Named =
    [
        "arm != placebo",
        "arm != *",
        "arm:*",
        "NOT arm = placebo",
        "dose < 5.001",
        "dose != 5.001",
        "age = \"6*\"",
        "none = abc",
        "none != abc",
        "none != 3",
        "none > 3",
        "none < null",
        "tags:*",
        "tags = null",
        "tags = 1",
        "nope = 1",
        "id = \"S*\" AND (arm != drug OR age > 50)",
    ];

    [Fact]
    public async Task A_filter_finds_and_refuses_the_same_in_the_database_and_in_memory()
    {
        var lab = await ItemsAsync();
        var name = new V1.GetDatasetRequest { Name = lab.Name(Items) };
        var dataset = (await lab.Datasets.GetDatasetAsync(name, IngestFixture.Options)).Dataset;
        var definition = DatasetReader.Read(dataset);
        var query = new V1.QueryRecordsRequest { Parent = lab.Name(Items), PageSize = 1_000 };
        var all = (await lab.Records.QueryRecordsAsync(query, IngestFixture.Options)).Records;
        var cells = all.Select(record => CellsOf(definition, record.Values)).ToList();
        var random = new Random(20_261_121);
        string[] filters = [.. Named, .. Enumerable.Range(0, RandomFilters).Select(_ => Write(random, 2))];

        var differences = new List<string>();
        foreach (var filter in filters)
        {
            query.Selection = new() { Filter = filter };
            var (asked, held) = (await AskAsync(lab, query), Hold(filter, definition, cells));
            if (asked != held)
            {
                differences.Add($"{filter}: {asked} in the database, {held} in memory");
            }
        }

        Assert.Empty(differences);
    }

    private static string Write(Random random, int depth)
    {
        string Inner() => Write(random, depth - 1);
        return (depth == 0 ? 0 : random.Next(6)) switch
        {
            3 => $"NOT ({Inner()})",
            4 => $"({Inner()}) AND ({Inner()})",
            5 => $"({Inner()}) OR ({Inner()})",
            _ => $"{Pick(random, Columns)} {Pick(random, Signs)} {Pick(random, Values)}",
        };
    }

    private static string Pick(Random random, string[] among) => among[random.Next(among.Length)];

    private static async Task<string> AskAsync(RecordLab lab, V1.QueryRecordsRequest query)
    {
        try
        {
            var page = await lab.Records.QueryRecordsAsync(query, IngestFixture.Options);
            return string.Join(' ', page.Records.Select(record => record.Values.Fields["id"].StringValue));
        }
        catch (Grpc.Core.RpcException refused)
        {
            return $"{Contracts.Errors.ErrorStatus.FromRpcException(refused)?.Reason}";
        }
    }

    private static string Hold(string filter, DatasetDefinition definition, IEnumerable<RecordCells> records)
    {
        try
        {
            var expression = FilterParser.Parse(filter);
            var matches = RecordFilter.Read(expression, definition);
            return string.Join(' ', records.Where(matches).Select(cells => cells.Values[0]!.Value.AsText()));
        }
        catch (DendriteException refused)
        {
            return $"{refused.Reason}";
        }
    }

    private static RecordCells CellsOf(DatasetDefinition definition, Struct values)
    {
        var draft = new RecordDraft(definition);
        draft.Begin();
        foreach (var (column, value) in values.Fields)
        {
            draft.Set(column, ValueMapper.ToInput(value, out _));
        }

        return draft.Complete();
    }

    private async Task<RecordLab> ItemsAsync()
    {
        var lab = await CreateAsync(fixture);
        var dataset = new V1.Dataset { KeyColumns = { "id" } };
        dataset.Columns.Add(new V1.Column { Column_ = "id", Type = V1.ColumnType.Text });
        dataset.Columns.Add(new V1.Column { Column_ = "word", Type = V1.ColumnType.Text });
        dataset.Columns.Add(
            new V1.Column
            {
                Column_ = "arm",
                Type = V1.ColumnType.Enum,
                AllowedValues = { Value.ForString("placebo"), Value.ForString("drug") },
            }
        );
        dataset.Columns.Add(new V1.Column { Column_ = "age", Type = V1.ColumnType.Integer });
        dataset.Columns.Add(
            new V1.Column
            {
                Column_ = "dose",
                Type = V1.ColumnType.Decimal,
                DecimalDigits = 2,
            }
        );
        dataset.Columns.Add(new V1.Column { Column_ = "load", Type = V1.ColumnType.Double });
        dataset.Columns.Add(new V1.Column { Column_ = "ok", Type = V1.ColumnType.Boolean });
        dataset.Columns.Add(new V1.Column { Column_ = "day", Type = V1.ColumnType.Date });
        dataset.Columns.Add(new V1.Column { Column_ = "at", Type = V1.ColumnType.Timestamp });
        dataset.Columns.Add(new V1.Column { Column_ = "ref", Type = V1.ColumnType.Uuid });
        dataset.Columns.Add(new V1.Column { Column_ = "none", Type = V1.ColumnType.Integer });
        dataset.Columns.Add(new V1.Column { Column_ = "tags", Type = V1.ColumnType.Json });
        await lab.CreateAsync(Items, dataset);
        await lab.PutAsync(
            Items,
            Row(("id", "S1"), ("word", "a"), ("arm", "placebo"), ("age", 65), ("dose", "5.00"), ("load", 0.5)),
            Row(("id", "S2"), ("word", "ab"), ("arm", "drug"), ("age", 6), ("dose", "5.01"), ("load", "NaN")),
            Row(("id", "S3"), ("word", "ä"), ("ok", true), ("day", "2026-11-21"), ("at", "2026-11-21T08:30:00Z")),
            Row(("id", "S4"), ("word", ""), ("ok", false), ("day", "2026-01-01"), ("at", "2026-11-21T08:30:00.25Z")),
            Row(("id", "S5"), ("ref", "2f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b"), ("tags", "x"), ("load", -1.5)),
            Row(("id", "S6"), ("word", "null"), ("age", 10), ("dose", "-1"), ("load", "Infinity"))
        );
        return lab;
    }
}

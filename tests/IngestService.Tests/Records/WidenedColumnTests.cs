using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>
/// A column that was widened to text is asked for and ordered by the texts that readers see, and not as the database
/// spells what it was.
/// </summary>
public sealed class WidenedColumnTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const string Results = "results";

    private static readonly double[] Numbers = [1e-7, -1.25e-9, 1e-6, 0.5, 100, 1e20, 1e21, -1.5e300, 0, 5e-324];

    [Fact]
    public async Task Numbers_that_became_texts_are_found_and_ordered_as_they_are_read()
    {
        var lab = await WidenedAsync(
            V1.ColumnType.Double,
            [.. Numbers.Select(Value.ForNumber), Value.ForString("NaN"), Value.ForNull()]
        );
        await lab.PutAsync(Results, Row(("id", "T"), ("v", "<1e-7")));
        var page = new V1.QueryRecordsRequest { Parent = lab.Name(Results), PageSize = 100 };
        var read = (await lab.Records.QueryRecordsAsync(page, IngestFixture.Options)).Records;
        var texts = read.ToDictionary(record => record.Name.Split('/')[^1], record => record.Values.Fields["v"]);

        foreach (var (id, text) in texts.Where(one => one.Value.KindCase == Value.KindOneofCase.StringValue))
        {
            Assert.Equal([id], await lab.QueryAsync(Results, $"v = \"{text.StringValue}\""));
            Assert.DoesNotContain(id, await lab.QueryAsync(Results, $"v != \"{text.StringValue}\""));
        }

        Assert.Equal("1e-7", texts["N00"].StringValue);
        Assert.Equal(["N00"], await lab.QueryAsync(Results, "v = \"1e-*\""));
        var ordered = texts
            .Where(one => one.Value.KindCase == Value.KindOneofCase.StringValue)
            .OrderBy(one => one.Value.StringValue, StringComparer.Ordinal)
            .Select(one => one.Key)
            .Append("N11");
        Assert.Equal(ordered, await lab.QueryAsync(Results, orderBy: "v"));
    }

    [Fact]
    public async Task What_was_JSON_has_no_text_to_compare_and_is_asked_whether_it_is_set()
    {
        var lab = await WidenedAsync(V1.ColumnType.Json, [Value.ForList(Value.ForNumber(1)), Value.ForNull()]);
        var compared = await RefusedAsync(() => lab.QueryAsync(Results, "v = \"[1]\""));
        var ordered = await RefusedAsync(() => lab.QueryAsync(Results, orderBy: "v"));

        Assert.Equal(ErrorReason.InvalidFilter, compared.Reason);
        Assert.Equal(ErrorReason.InvalidFilter, ordered.Reason);
        Assert.Equal(["N00"], await lab.QueryAsync(Results, "v:*"));
    }

    private async Task<RecordLab> WidenedAsync(V1.ColumnType type, Value[] values)
    {
        var lab = await CreateAsync(fixture);
        await lab.CreateAsync(
            Results,
            new()
            {
                Columns =
                {
                    new V1.Column { Column_ = "id", Type = V1.ColumnType.Text },
                    new V1.Column { Column_ = "v", Type = type },
                },
                KeyColumns = { "id" },
            }
        );
        await lab.PutAsync(
            Results,
            [
                .. values.Select(
                    (value, i) => new Struct { Fields = { ["id"] = Value.ForString($"N{i:00}"), ["v"] = value } }
                ),
            ]
        );
        var widened = new V1.Column { Column_ = "v", Type = V1.ColumnType.Text };
        await lab.Datasets.ChangeSchemaAsync(
            new() { Name = lab.Name(Results), Changes = { new V1.SchemaChange { AlterColumn = widened } } },
            IngestFixture.Options
        );
        return lab;
    }
}

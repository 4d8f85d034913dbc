using System.Text.Json;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Tests.Datasets;

public sealed class DefinitionTests
{
    private static readonly CellInput One = CellInput.OfDouble(1);
    private static readonly ColumnSpec Id = new("id", CellType.Integer);

    public static TheoryData<string, ColumnSpec> BadColumns =>
        new()
        {
            { "column", Id with { Name = "" } },
            { "column", Id with { Name = "a b" } },
            { "column", Id with { Name = "1a" } },
            { "column", Id with { Name = "x'; drop table y --" } },
            { "column", Id with { Name = new string('a', 64) } },
            { "type", Id with { Type = null } },
            { "unit", Id with { Unit = new string('a', 101) } },
            { "description", Id with { Description = "a\0" } },
            { "minimum", Id with { Minimum = CellInput.OfString("x") } },
            { "minimum", Id with { Minimum = CellInput.OfDouble(2), Maximum = One } },
            { "maximum", Id with { Maximum = CellInput.OfBoolean(true) } },
            { "allowed_values", Id with { Type = CellType.Enum } },
            { "allowed_values[1]", Id with { AllowedValues = [One, One] } },
            { "allowed_values[0]", Id with { AllowedValues = [CellInput.Null] } },
            { "pattern", Id with { Pattern = "a" } },
            { "pattern", Id with { Type = CellType.Text, Pattern = "(" } },
            { "pattern", Id with { Type = CellType.Text, Pattern = ")|(" } },
            { "pattern", Id with { Type = CellType.Text, Pattern = @"(a)\1" } },
            { "pattern", Id with { Type = CellType.Text, Pattern = "(?=a)" } },
            { "pattern", Id with { Type = CellType.Text, Pattern = "[a-z-[aeiou]]" } },
            { "pattern", Id with { Type = CellType.Text, Pattern = "[[:figure:]]" } },
            { "pattern", Id with { Type = CellType.Text, Pattern = new string('a', 1001) } },
            { "decimal_digits", Id with { DecimalDigits = 2 } },
            { "decimal_digits", Id with { Type = CellType.Decimal, DecimalDigits = -1 } },
            { "default_value", Id with { Minimum = One, Default = CellInput.OfDouble(0) } },
        };

    [Theory]
    [MemberData(nameof(BadColumns))]
    public void A_column_that_makes_no_sense_is_refused_at_its_field(string field, ColumnSpec column) =>
        Assert.Equal($"dataset.columns[0].{field}", Example.Refusals(new([column], [column.Name], []))[0]);

    [Theory]
    [InlineData(CellType.Integer, "7", true)]
    [InlineData(CellType.Integer, "null", true)]
    [InlineData(CellType.Integer, "\"7\"", false)]
    [InlineData(CellType.Integer, "\"abc\"", false)]
    [InlineData(CellType.Decimal, "\"1.5\"", true)]
    [InlineData(CellType.Decimal, "7", false)]
    [InlineData(CellType.Date, "\"2026-01-02\"", true)]
    [InlineData(CellType.Date, "\"soon\"", false)]
    [InlineData(CellType.Text, "\"7\"", true)]
    [InlineData(CellType.Text, "7", false)]
    public void A_column_can_hold_the_cells_that_it_writes_itself(CellType type, string stored, bool canHold)
    {
        using var json = JsonDocument.Parse(stored);

        Assert.Equal(canHold, new ColumnDefinition(1, "value", type).CanHold(json.RootElement));
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var refusals = Example.Refusals(
            new([Id with { Name = "1" }, Id with { Unit = "\0" }], ["id", "nope"], [new("c", ["gone"], null)])
        );

        Assert.Equal(
            [
                "dataset.columns[0].column",
                "dataset.columns[1].unit",
                "dataset.key_columns[1]",
                "dataset.constraints[0].unique.columns[0]",
            ],
            refusals
        );
    }

    [Fact]
    public void A_key_has_columns_once_and_no_JSON()
    {
        Assert.Equal(["dataset.key_columns"], Example.Refusals(new([Id], [], [])));
        Assert.Equal(["dataset.key_columns"], Example.Refusals(new([Id], ["id", "id"], [])));
        Assert.Equal(["dataset.key_columns"], Example.Refusals(new([Id with { Type = CellType.Json }], ["id"], [])));
    }

    [Fact]
    public void Names_that_differ_only_in_case_are_one_name() =>
        Assert.Equal(["dataset.columns[1].column"], Example.Refusals(new([Id, Id with { Name = "ID" }], ["id"], [])));

    [Fact]
    public void A_definition_reads_back_as_it_was_written()
    {
        var definition = Example.Laboratory with
        {
            DisplayName = "Laboratory",
            Labels = Example.Laboratory.Labels.Add("domain", "LB"),
            SchemaVersion = 17,
        };

        var read = DefinitionJson.Read(DefinitionJson.Write(definition));

        Assert.Equal(definition, read);
        Assert.Equal(DefinitionJson.Write(definition), DefinitionJson.Write(read));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"columns":[{"number":1,"name":"a","type":"colour"}],"key":[1]}""")]
    public void A_damaged_definition_is_called_that(string json) =>
        Assert.Throws<FormatException>(() => DefinitionJson.Read(json));
}

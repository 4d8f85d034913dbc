using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// What one side has of a dataset <c>labs</c> (id, value), kept beside the database: its definition, and the values of
/// its records as texts, however their column was widened.
/// </summary>
internal sealed class RandomLab
{
    public const string Dataset = "labs";

    private const int Keys = 4;

    private int nextColumn = 10;

    public DatasetDefinition Definition { get; private set; } =
        new()
        {
            Columns = [new(1, "id", CellType.Text) { Required = true }, new(2, "value", CellType.Integer)],
            Key = [1],
        };

    public Dictionary<string, string> Records { get; private init; } = [];

    public bool IsDeleted { get; private set; }

    private ColumnDefinition? Value => Definition.Find(2);

    public RandomLab Copy(int firstColumn) =>
        new()
        {
            Definition = Definition,
            Records = new(Records),
            nextColumn = firstColumn,
        };

    /// <summary>Whether a side has it as it was.</summary>
    public bool IsSameAs(RandomLab other) =>
        Definition.Equals(other.Definition)
        && Records.Count == other.Records.Count
        && Records.All(record => other.Records.GetValueOrDefault(record.Key) == record.Value);

    /// <summary>Does one thing to the dataset.</summary>
    public async Task StepAsync(Trial trial, string side, Random random)
    {
        if (IsDeleted)
        {
            return;
        }

        switch (random.Next(14))
        {
            case < 5:
                await PutAsync(trial, side, $"k{random.Next(Keys)}", random.Next(3));
                break;
            case 5 when Records.Count > 0:
                var gone = Records.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(Records.Count));
                Records.Remove(gone);
                await trial.DeleteAsync(side, Dataset, gone);
                break;
            case 6 or 7 when Value is { Type: not CellType.Text } value:
                await AlterAsync(trial, side, Widened(value, random));
                break;
            case 8 or 9 when Value is { } value:
                await AlterAsync(trial, side, value with { Unit = $"u{random.Next(2)}" });
                break;
            case 10:
                var added = new ColumnDefinition(nextColumn, $"c{nextColumn++}", CellType.Text);
                await DefineAsync(trial, side, Definition with { Columns = Definition.Columns.Add(added) });
                break;
            case 11 when Value is { } value && random.Next(2) == 0:
                await DefineAsync(trial, side, Definition with { Columns = Definition.Columns.Remove(value) });
                break;
            case 12:
                await DefineAsync(trial, side, Definition with { Description = $"d{random.Next(2)}" });
                break;
            case 13:
                IsDeleted = true;
                await trial.DropAsync(side, Dataset);
                break;
        }
    }

    private async Task PutAsync(Trial trial, string side, string id, int number)
    {
        var cell = Value?.Type switch
        {
            CellType.Integer => CellValue.OfInteger(number),
            CellType.Decimal => CellValue.OfDecimal(ExactDecimal.FromInteger(number)),
            CellType.Text => CellValue.OfText(number == 0 ? "none" : $"{number}"),
            _ => (CellValue?)null,
        };
        Records[id] = cell?.ToText() ?? "-";
        await trial.PutCellsAsync(
            side,
            Dataset,
            Definition,
            [
                .. Definition.Columns.Select(column =>
                    column.Number switch
                    {
                        1 => CellValue.OfText(id),
                        2 => cell,
                        _ => null,
                    }
                ),
            ]
        );
    }

    private static ColumnDefinition Widened(ColumnDefinition value, Random random) =>
        value with
        {
            Type = value.Type == CellType.Integer && random.Next(2) == 0 ? CellType.Decimal : CellType.Text,
            FormerTypes = value.FormerTypes.Add(value.Type),
        };

    private Task AlterAsync(Trial trial, string side, ColumnDefinition value) =>
        DefineAsync(trial, side, Definition with { Columns = Definition.Columns.Replace(Value!, value) });

    private async Task DefineAsync(Trial trial, string side, DatasetDefinition definition)
    {
        Definition = definition;
        await trial.DefineAsync(side, definition, Dataset);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Brings a column that was widened to one type before its properties merge. Problem: one side made an integer text and
/// the other made it decimal, and neither type alone reads the records of both. But of two types that one widens to,
/// one widens to the other: the wider one reads all that was ever written, and takes nothing from either side.
/// </summary>
internal static class ColumnWidening
{
    private static readonly string[] Values = ["minimum", "maximum", "default", "fill"];

    /// <summary>
    /// The sides with their values as the wider type spells them, so that a bound is not taken for changed because its
    /// column was widened; where both widened it, with the wider type on both. As they are where nobody widened it, and
    /// where a revert takes a type back.
    /// </summary>
    public static RowSides<string, string> Align(RowSides<string, string> sides)
    {
        if (
            sides is not { Base.Cells: { } atBase, Source.Cells: { } source, Target.Cells: { } target }
            // What merges that went crosswise leave open of a base.
            || !new[] { atBase, source, target }.All(side => side.ContainsKey("type"))
        )
        {
            return sides;
        }

        var (before, type) = (TypeOf(atBase), Wider(TypeOf(source), TypeOf(target)));
        if (
            (TypeOf(source) == before && TypeOf(target) == before)
            || !CellTypes.CanWiden(before, TypeOf(source))
            || !CellTypes.CanWiden(before, TypeOf(target))
        )
        {
            return sides;
        }

        var (wide, narrow) = TypeOf(source) == type ? (source, target) : (target, source);
        var former = FormerTypesOf(narrow).Union(FormerTypesOf(wide)).Union([TypeOf(narrow)]).Where(one => one != type);
        var column = new ColumnDefinition(1, "", type) { FormerTypes = [.. former] };
        return sides with
        {
            Base = sides.Base with { Cells = Respell(atBase, column) },
            Source = sides.Source with { Cells = As(source, column, TypeOf(source) != before) },
            Target = sides.Target with { Cells = As(target, column, TypeOf(target) != before) },
        };
    }

    /// <summary>The same of rows of one column, the oldest first; null: it was dropped.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>?> Align(
        IReadOnlyList<IReadOnlyDictionary<string, string>?> rows
    )
    {
        var there = rows.OfType<IReadOnlyDictionary<string, string>>().ToList();
        var types = there.ConvertAll(TypeOf);
        if (
            types.Distinct().Count() < 2
            || !types.TrueForAll(type => type == types[0] || CellTypes.CanWiden(types[0], type))
        )
        {
            return rows;
        }

        var widest = types.Aggregate(Wider);
        var former = there.SelectMany(FormerTypesOf).Concat(types).Distinct().Where(type => type != widest);
        var column = new ColumnDefinition(1, "", widest) { FormerTypes = [.. former] };
        return [.. rows.Select(row => row is null ? null : As(row, column, isWidened: TypeOf(row) != types[0]))];
    }

    private static Dictionary<string, string> As(
        IReadOnlyDictionary<string, string> side,
        ColumnDefinition column,
        bool isWidened
    )
    {
        var cells = Respell(side, column);
        if (isWidened)
        {
            cells["type"] = JsonValue.Create(column.Type.Name()).ToJsonString();
            cells["formerTypes"] = new JsonArray([
                .. column.FormerTypes.Select(one => (JsonNode?)one.Name()),
            ]).ToJsonString();
        }

        return cells;
    }

    private static Dictionary<string, string> Respell(IReadOnlyDictionary<string, string> side, ColumnDefinition column)
    {
        var cells = side.ToDictionary();
        foreach (var value in Values.Where(cells.ContainsKey))
        {
            cells[value] = Spell(JsonNode.Parse(cells[value]));
        }

        if (cells.TryGetValue("allowed", out var allowed))
        {
            cells["allowed"] = $"[{string.Join(',', JsonNode.Parse(allowed)!.AsArray().Select(Spell))}]";
        }

        return cells;

        string Spell(JsonNode? value) =>
            JsonNode.Parse(column.Read(value.Deserialize<JsonElement>())!.Value.ToJson())!.ToJsonString();
    }

    private static CellType Wider(CellType one, CellType other) => CellTypes.CanWiden(one, other) ? other : one;

    private static CellType TypeOf(IReadOnlyDictionary<string, string> column) =>
        CellTypes.Find(JsonNode.Parse(column["type"])!.GetValue<string>())!.Value;

    private static IEnumerable<CellType> FormerTypesOf(IReadOnlyDictionary<string, string> column) =>
        column.TryGetValue("formerTypes", out var former)
            ? JsonNode.Parse(former)!.AsArray().Select(type => CellTypes.Find(type!.GetValue<string>())!.Value)
            : [];
}

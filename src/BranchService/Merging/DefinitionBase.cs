using System.Text.Json.Nodes;
using Dendrite.Storage.Merging;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// What the base of a merge has of a dataset's definition, where merges that went crosswise left several beside each
/// other: they come together as definitions of two branches do, columns by their numbers and constraints by their
/// names. Pure.
/// </summary>
internal sealed class DefinitionBase
{
    private static readonly RowMerger<string, string> Merger = new(TextRules.Instance);

    private readonly DivergedRow row;

    /// <summary>The elements of each definition that is there, the newest first.</summary>
    private readonly List<Dictionary<string, IReadOnlyDictionary<string, string>>> definitions;

    private readonly Dictionary<string, RowState<string, string>> elements;

    private DefinitionBase(DivergedRow row)
    {
        this.row = row;
        var newestFirst = row.Crosswise.OrderByDescending(seen => seen.Side.Version);
        var split = newestFirst.ToDictionary(seen => seen.Side, seen => ElementsOf(seen.Side));
        definitions = [.. newestFirst.Select(seen => split[seen.Side]).Where(definition => definition.Count > 0)];
        var isGivenUp = IsGivenUp(row);
        elements = definitions.SelectMany(definition => definition.Keys).Distinct().ToDictionary(one => one, StateOf);

        RowState<string, string> StateOf(string element)
        {
            // A dataset goes whole: who had it go said nothing of a column.
            if (isGivenUp)
            {
                return Open;
            }

            var sides = row.Crosswise.Select(seen => seen.Side).OrderBy(side => side.Version).ToList();
            var cells = sides.ConvertAll(side => split[side].GetValueOrDefault(element));
            var aligned = DefinitionElements.IsColumn(element) ? ColumnWidening.Align(cells) : cells;
            var found = sides.Zip(aligned).ToDictionary();
            return row.BaseOf(side => found[side!]);
        }
    }

    private RowState<string, string> Open => RowBases.Open(row);

    /// <summary>
    /// Whether somebody in the base deleted the dataset, and nobody who saw that brought it back there.
    /// </summary>
    public static bool IsGivenUp(DivergedRow row) => row.Base is not null && row.BaseOf(CellsOf).Cells is null;

    private static IReadOnlyDictionary<string, string>? CellsOf(VersionedSide? side) =>
        side is { IsLive: true } ? DefinitionElements.Whole(side.Columns) : null;

    /// <summary>Null where the base has what it shows.</summary>
    public static DefinitionBase? Find(DivergedRow row) => row.Crosswise.Count > 0 ? new(row) : null;

    public static Dictionary<string, IReadOnlyDictionary<string, string>> ElementsOf(VersionedSide? side) =>
        side is { IsLive: true } ? DefinitionElements.Split(side.Columns) : [];

    /// <summary>The row with what the base comes together to; for what is open the newest counts.</summary>
    public static DivergedRow Join(DivergedRow row) =>
        Find(row) is { definitions.Count: > 0 } found ? row with { Base = found.ToSoundSide() } : row;

    /// <summary>An element of the definition.</summary>
    public RowState<string, string> this[string element] =>
        elements.GetValueOrDefault(element) ?? new(row.Base!.Version, null);

    /// <summary>All of the definition, for a dataset that one side deleted.</summary>
    /// <param name="live">The other side, which counts as unchanged where it says the same element by element.</param>
    public RowState<string, string> Whole(VersionedSide live)
    {
        if (elements.Values.Any(element => !element.SaysAll))
        {
            return Open;
        }

        var known = ElementsOf(live);
        var isUnchanged = known
            .Keys.Union(elements.Keys)
            .All(element => Merger.AreEqual(this[element].Cells, known.GetValueOrDefault(element)));
        return new(row.Base!.Version, DefinitionElements.Whole((isUnchanged ? live : ToSide()).Columns));
    }

    private VersionedSide ToSide()
    {
        var joined = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var element in elements.Keys)
        {
            if (Fill(element) is { } cells)
            {
                joined.Add(element, cells);
            }
        }

        var definition = DefinitionElements.Join(joined)!;
        var columns = row.Base!.Columns.DeepClone().AsObject();
        columns["name"] = definition["name"]!.DeepClone();
        definition.Remove("name");
        columns["definition"] = definition;
        columns["deleted"] = false;
        return new(row.Base.Version, columns);
    }

    /// <summary>What comes together may not hold together: then it has the columns of the newest alone.</summary>
    private VersionedSide ToSoundSide()
    {
        var side = ToSide();
        try
        {
            MergedDataset.DefinitionOf(side.Columns);
            return side;
        }
        catch (FormatException)
        {
            var columns = row.Base!.Columns.DeepClone().AsObject();
            columns["definition"]!["constraints"] = new JsonArray();
            columns["deleted"] = false;
            return side with { Columns = columns };
        }
    }

    /// <summary>
    /// With what the newest has of an element that is open. Not of a constraint: that records were held to it is not
    /// said.
    /// </summary>
    private IReadOnlyDictionary<string, string>? Fill(string element)
    {
        var state = elements[element];
        if (state.SaysAll)
        {
            return state.Cells;
        }

        if (element != DefinitionElements.Dataset && !DefinitionElements.IsColumn(element))
        {
            return null;
        }

        var newest = definitions.First(definition => definition.ContainsKey(element))[element];
        var cells = (state.Cells ?? newest).ToDictionary();
        foreach (var field in state.OpenColumns.Where(newest.ContainsKey))
        {
            cells[field] = newest[field];
        }

        return cells;
    }
}

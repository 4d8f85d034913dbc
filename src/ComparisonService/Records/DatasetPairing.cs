using Dendrite.Records.Datasets;
using Dendrite.Storage.Comparison;

namespace Dendrite.ComparisonService.Records;

/// <summary>Pairs the datasets of two sides. Pure.</summary>
public static class DatasetPairing
{
    /// <summary>
    /// The datasets that at least one side shows, by name. Those that each side made by itself under one name are a
    /// pair too.
    /// </summary>
    public static IReadOnlyList<DatasetPair> Pair(IEnumerable<DatasetSides> touched)
    {
        var pairs = new SortedDictionary<string, DatasetPair>(StringComparer.Ordinal);
        foreach (var sides in touched)
        {
            var (from, to) = (Live(sides, sides.From), Live(sides, sides.To));
            if ((sides.To ?? sides.From)?.Name is not { } name || (from ?? to) is null)
            {
                continue;
            }

            var known = pairs.GetValueOrDefault(name) ?? new(name, null, null);
            pairs[name] = known with
            {
                From = known.From ?? from,
                To = known.To ?? to,
                ColumnsAtBase = known.ColumnsAtBase.Union(ColumnsOf(sides.Base)).ToHashSet(),
                DeletedIn = sides.To is { IsDeleted: true } deletion ? deletion.Version : known.DeletedIn,
            };
        }

        return [.. pairs.Values];
    }

    private static DatasetSide? Live(DatasetSides sides, DatasetRow? row) =>
        row is { IsDeleted: false } ? new(sides.Id, row.Version, DefinitionJson.Read(row.Definition)) : null;

    private static IEnumerable<int> ColumnsOf(DatasetRow? row) =>
        row is null ? [] : DefinitionJson.Read(row.Definition).Columns.Select(column => column.Number);
}

using System.Collections.Immutable;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Reading;

/// <summary>
/// Proposes columns and a key for a CSV document that has no dataset yet. All rows count for the types, the first
/// <see cref="SampledRows"/> for the key: a proposal, which a person looks at.
/// </summary>
public sealed class ColumnInference
{
    /// <summary>Rows that are kept to look for a key.</summary>
    public const int SampledRows = 10_000;

    /// <summary>Columns among which a key of two is looked for: keys stand at the front of a table.</summary>
    private const int KeyCandidates = 12;

    private readonly List<string?[]> sample = [];
    private readonly ImmutableArray<TypeEvidence> columns;

    private ColumnInference(ImmutableArray<TypeEvidence> columns) => this.columns = columns;

    /// <summary>Rows that were read.</summary>
    public long RowCount { get; private set; }

    /// <summary>Names and types, in the order of the document.</summary>
    public IReadOnlyList<(string Name, CellType Type, bool HasNulls)> Columns =>
        [.. columns.Select(column => (column.Name, column.Type, column.HasNulls))];

    /// <summary>Reads a whole document.</summary>
    /// <exception cref="FormatException">It is no CSV: with the line and what is wrong there.</exception>
    public static async Task<ColumnInference> ReadAsync(
        Stream document,
        CsvFormat format,
        CancellationToken cancellationToken
    )
    {
        using var rows = new CsvRows(document, format);
        if (!await rows.ReadAsync(cancellationToken))
        {
            throw new FormatException("The document is empty; its first line names the columns.");
        }

        ThrowIfBroken(rows);
        var inference = new ColumnInference([
            .. rows.Fields.Select(field => new TypeEvidence(
                format.ColumnNames.GetValueOrDefault(field.Text, field.Text)
            )),
        ]);
        while (await rows.ReadAsync(cancellationToken))
        {
            ThrowIfBroken(rows);
            inference.Take(rows, format);
        }

        return inference;
    }

    /// <summary>
    /// The first column, else the first two columns, whose values are never null and never twice in the sample; empty
    /// where there are none.
    /// </summary>
    public ImmutableArray<string> ProposeKey()
    {
        var candidates = Enumerable.Range(0, columns.Length).Where(i => !columns[i].HasNulls).ToList();
        if (candidates.Find(i => IsUnique(i)) is var single && candidates.Exists(i => i == single && IsUnique(i)))
        {
            return [columns[single].Name];
        }

        var front = candidates.Take(KeyCandidates).ToList();
        foreach (var left in front)
        {
            foreach (var right in front.Where(right => right > left && IsUnique(left, right)))
            {
                return [columns[left].Name, columns[right].Name];
            }
        }

        return [];
    }

    private void Take(CsvRows rows, CsvFormat format)
    {
        if (rows.Fields.Count != columns.Length)
        {
            throw new FormatException(
                $"Line {rows.Line} has {rows.Fields.Count} fields; the first line has {columns.Length}."
            );
        }

        var values = rows.Fields.Select(field => format.IsNull(field) ? null : field.Text).ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            columns[i].Take(values[i]);
        }

        RowCount++;
        if (sample.Count < SampledRows)
        {
            sample.Add(values);
        }
    }

    private bool IsUnique(params int[] indexes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return sample.TrueForAll(row => seen.Add(string.Join('\0', indexes.Select(i => row[i]))));
    }

    private static void ThrowIfBroken(CsvRows rows)
    {
        if (rows.Problem is { } problem)
        {
            throw new FormatException($"Line {rows.Line} {problem}.");
        }
    }
}

using System.Collections.Immutable;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Keys;

namespace Dendrite.Records.Documents;

/// <summary>
/// A record that a caller is writing: takes cells by name, then defaults, then checks everything that can be checked
/// without other records. One draft can serve many records, one after the other. Not safe for concurrent use.
/// </summary>
public sealed class RecordDraft
{
    private readonly DatasetDefinition definition;
    private readonly Dictionary<string, int> indexes = new(StringComparer.Ordinal);
    private readonly CellValue?[] values;
    private readonly bool[] isSet;
    private readonly List<CellProblem> problems = [];

    public RecordDraft(DatasetDefinition definition)
    {
        this.definition = definition;
        values = new CellValue?[definition.Columns.Length];
        isSet = new bool[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            indexes.Add(definition.Columns[i].Name, i);
        }
    }

    /// <summary>What is wrong so far, by column.</summary>
    public IReadOnlyList<CellProblem> Problems => problems;

    /// <summary>Begins a record.</summary>
    /// <param name="former">The record that it changes; null: a new one.</param>
    public void Begin(RecordCells? former = null)
    {
        problems.Clear();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = former?.Values[i];
            isSet[i] = former is not null;
        }
    }

    /// <summary>Index of a column by its name; -1 where the dataset has none of that name.</summary>
    public int IndexOf(string column) => indexes.GetValueOrDefault(column, -1);

    /// <summary>Sets a cell by its column's name.</summary>
    public void Set(string column, CellInput input)
    {
        if (IndexOf(column) is var index and >= 0)
        {
            Set(index, input);
            return;
        }

        problems.Add(new(column, $"{CellParser.Show(column)} is no column of the dataset", CellProblemKind.Unknown));
    }

    /// <summary>Sets a cell by its column's index in the definition.</summary>
    public void Set(int index, CellInput input)
    {
        var result = definition.Columns[index].Parse(input);
        isSet[index] = true;
        values[index] = result.Value;
        if (result.Problem is { } problem)
        {
            Refuse(index, problem, CellProblemKind.Malformed);
        }
    }

    public void Refuse(int index, string problem, CellProblemKind kind) =>
        problems.Add(new(definition.Columns[index].Name, problem, kind));

    /// <summary>
    /// Defaults and checks; the cells are good only where <see cref="Problems"/> is empty afterwards.
    /// </summary>
    public RecordCells Complete()
    {
        for (var i = 0; i < values.Length; i++)
        {
            var column = definition.Columns[i];
            if (!isSet[i])
            {
                values[i] = column.Default;
            }

            if (HasProblem(column.Name))
            {
                continue;
            }

            if (definition.IsKey(column))
            {
                CheckKeyPart(i);
            }

            if (
                CellRules.ProblemOf(column, values[i]) is { } problem
                && (values[i] is not null || !definition.IsKey(column))
            )
            {
                Refuse(i, problem, CellProblemKind.Broken);
            }
        }

        var cells = new RecordCells(definition, [.. values]);
        if (problems.Count == 0)
        {
            CheckKeyLength(cells);
        }

        return cells;
    }

    // Asked of each cell of each record, so without a delegate for each.
    private bool HasProblem(string column)
    {
        foreach (var known in problems)
        {
            if (known.Column == column)
            {
                return true;
            }
        }

        return false;
    }

    private void CheckKeyPart(int index)
    {
        if (values[index] is not { } value)
        {
            Refuse(index, "is part of the key and has no value", CellProblemKind.Malformed);
        }
        else if (value.Type.IsText() && value.AsText().Length == 0)
        {
            Refuse(index, "is part of the key and empty, which no name of a record can say", CellProblemKind.Malformed);
        }
        else if (value.Type == CellType.Decimal && definition.Columns[index].DecimalDigits is null)
        {
            // One key has one spelling.
            values[index] = CellValue.OfDecimal(value.AsDecimal().Normalize());
        }
    }

    private void CheckKeyLength(RecordCells cells)
    {
        var length = cells.EncodeKey().Length;
        if (length > RecordKey.MaxLength)
        {
            var column = definition.Find(definition.Key[0])!.Name;
            var problem =
                $"makes a key of {length} bytes with the other key columns; at most {RecordKey.MaxLength} are allowed";
            problems.Add(new(column, problem, CellProblemKind.Malformed));
        }
    }
}

/// <summary>What is wrong with one cell.</summary>
/// <param name="Column">Name of the column, as the caller gave it.</param>
/// <param name="Problem">What is wrong and what is allowed, to follow the column's name.</param>
public readonly record struct CellProblem(string Column, string Problem, CellProblemKind Kind);

/// <summary>What sort of thing is wrong with a cell.</summary>
public enum CellProblemKind
{
    /// <summary>The dataset has no such column.</summary>
    Unknown,

    /// <summary>It is no value of the column's type, or none that a key can have.</summary>
    Malformed,

    /// <summary>It is a value that the column's rules refuse.</summary>
    Broken,
}

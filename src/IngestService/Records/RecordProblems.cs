using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.Records.Documents;

namespace Dendrite.IngestService.Records;

/// <summary>One thing that is wrong with one record that a caller wants to write.</summary>
/// <param name="Path">The proto path of the cell or record at fault.</param>
/// <param name="Text">What is wrong and what is allowed.</param>
internal sealed record RecordProblem(string Path, string Text)
{
    public string Dataset { get; init; } = "";

    /// <summary>Last part of the record's name; empty where it has no key.</summary>
    public string Record { get; init; } = "";

    public string Column { get; init; } = "";

    /// <summary>Name of the uniqueness or reference that is broken.</summary>
    public string Constraint { get; init; } = "";

    /// <summary>The other record of the broken constraint.</summary>
    public string Other { get; init; } = "";

    /// <summary>Whether it is a value that a rule of the dataset refuses, rather than no value at all.</summary>
    public bool IsRule { get; init; }
}

/// <summary>All that is wrong with what a caller wants to write, and the error that says so.</summary>
internal sealed class RecordProblems
{
    /// <summary>Most that are collected: an answer holds a few dozen, and loads have a report of their own.</summary>
    private const int MaxKept = 100;

    private readonly List<RecordProblem> found = [];

    public bool IsEmpty => found.Count == 0;

    public void Add(RecordProblem problem)
    {
        if (found.Count < MaxKept)
        {
            found.Add(problem);
        }
    }

    /// <summary>Adds what a draft found wrong with its cells.</summary>
    /// <param name="path">The proto path of the record's values.</param>
    public void Add(Dataset dataset, string path, IEnumerable<CellProblem> problems)
    {
        foreach (var problem in problems)
        {
            Add(
                new($"{path}.{problem.Column}", problem.Problem)
                {
                    Dataset = dataset.Name,
                    Column = problem.Column,
                    IsRule = problem.Kind == CellProblemKind.Broken,
                }
            );
        }
    }

    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT where something is malformed, else CONSTRAINT_VIOLATED; with all that was found.
    /// </exception>
    public void ThrowIfAny()
    {
        if (found.Count == 0)
        {
            return;
        }

        var first = found.Find(problem => !problem.IsRule) ?? found[0];
        var more = found.Count == 1 ? "" : $" (and {found.Count - 1} more)";
        var reason = first.IsRule ? ErrorReason.ConstraintViolated : ErrorReason.InvalidArgument;
        throw new DendriteException(reason, $"{first.Path}: {first.Text}{more}")
        {
            FieldViolations = [.. found.Select(problem => new FieldViolation(problem.Path, problem.Text))],
            Metadata = MetadataOf(first),
        };
    }

    private static Dictionary<string, string> MetadataOf(RecordProblem problem)
    {
        (string Key, string Value)[] facts =
        [
            ("dataset", problem.Dataset),
            ("record", problem.Record),
            ("column", problem.Column),
            ("constraint", problem.Constraint),
            ("other_record", problem.Other),
        ];
        return facts.Where(fact => fact.Value.Length > 0).ToDictionary(fact => fact.Key, fact => fact.Value);
    }
}

using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Assertions;
using Dendrite.Storage.Assertions.Sandbox;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Checks.Assertions;

/// <summary>How one assertion went.</summary>
/// <param name="Rows">The first rows that it returned; null: it could not be run.</param>
public sealed record AssertionOutcome(AssertionRecord Assertion, SandboxRows? Rows)
{
    /// <summary>How much of a description stands in a message.</summary>
    private const int MaxTitleLength = 200;

    /// <summary>Why it could not be run.</summary>
    public string Problem { get; init; } = "";

    /// <summary>Whether it could not be run for want of time: another time it may.</summary>
    public bool IsTimedOut { get; init; }

    /// <summary>How long its query ran.</summary>
    public TimeSpan RunDuration { get; init; }

    public bool Holds => Rows is { Rows.Count: 0 };

    /// <summary>Why it does not hold.</summary>
    public V1.CheckFailure ToFailure(string project)
    {
        var failure = new V1.CheckFailure
        {
            Check = Assertion.Name,
            Assertion = new AssertionName(project, Assertion.Name).ToString(),
            Description = Assertion.Description,
            Message = $"{Title()}: {What()}.",
            MoreRows = Rows?.HasMore ?? false,
        };
        failure.Columns.AddRange(Rows is { Rows.Count: > 0 } found ? found.Columns : []);
        failure.Rows.AddRange(Rows?.Rows.Select(ToStruct) ?? []);
        return failure;
    }

    private string Title()
    {
        var line = Assertion.Description.Split('\n')[0].Trim().TrimEnd('.');
        return line.Length == 0 ? $"assertion {Assertion.Name}" : BriefText.Shorten(line, MaxTitleLength);
    }

    private string What()
    {
        if (Rows is not { } rows)
        {
            return $"cannot be checked, it {Problem}";
        }

        var count = rows.Rows.Count;
        var number =
            rows.HasMore ? $"more than {count} rows are"
            : count == 1 ? "1 row is"
            : $"{count} rows are";
        var first = rows.Columns.Zip(rows.Rows[0], (column, value) => $"{column} {value ?? "null"}");
        return $"{number} in the way, such as {string.Join(", ", first.Take(4))}";
    }

    private Struct ToStruct(IReadOnlyList<string?> row)
    {
        var values = new Struct();
        for (var i = 0; i < row.Count; i++)
        {
            values.Fields[Rows!.Columns[i]] = row[i] is { } text ? Value.ForString(text) : Value.ForNull();
        }

        return values;
    }
}

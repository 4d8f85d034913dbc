using Dendrite.Checks.Assertions;
using Dendrite.Storage.Assertions;
using Dendrite.Storage.Assertions.Sandbox;
using Dendrite.Storage.Records;
using Dendrite.V1;

namespace Dendrite.Checks.Quality;

/// <summary>
/// Runs checks whose rule is SQL, as assertions are run: where there is nothing else to reach. Each row that a query
/// returns is a finding. Thread-safe.
/// </summary>
public sealed class SqlQuality(AssertionChecks assertions)
{
    /// <param name="checks">With their places among all checks; all of them have SQL.</param>
    /// <exception cref="Errors.DendriteException">
    /// NOT_IMPLEMENTED: there is no sandbox; UNAVAILABLE: all of its sessions are in use.
    /// </exception>
    public async Task CheckAsync(
        RecordView view,
        IReadOnlyList<(int Index, QualityCheck Check)> checks,
        QualityFindings findings,
        CancellationToken cancellation
    )
    {
        if (checks.Count == 0)
        {
            return;
        }

        var queries = checks.Select(one => QueryOf(one.Check)).ToList();
        var outcomes = await assertions.RunAsync(view, queries, cancellation);
        foreach (var ((index, check), outcome) in checks.Zip(outcomes))
        {
            if (outcome.IsTimedOut || TimedSql.MayAskForTime(check.AssertionSql))
            {
                findings.MayChange();
            }

            foreach (var message in Describe(outcome))
            {
                findings.Fail(index, new() { Message = message });
            }
        }
    }

    private static AssertionRecord QueryOf(QualityCheck check) =>
        new(default, check.Name[(check.Name.LastIndexOf('/') + 1)..], Guid.Empty, check.AssertionSql) { Revision = 0 };

    private static IEnumerable<string> Describe(AssertionOutcome outcome)
    {
        if (outcome.Rows is not { } found)
        {
            return [$"cannot be checked, it {outcome.Problem}"];
        }

        var rows = found.Rows.Select(row => Describe(found, row));
        return found.HasMore ? rows.Append("and more rows") : rows;
    }

    private static string Describe(SandboxRows found, IReadOnlyList<string?> row) =>
        string.Join(", ", found.Columns.Zip(row, (column, value) => $"{column} {value ?? "null"}"));
}

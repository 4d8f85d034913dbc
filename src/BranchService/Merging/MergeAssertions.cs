using Dendrite.BranchService.Assertions;
using Dendrite.Storage;
using Dendrite.Storage.Assertions;
using Dendrite.Storage.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>What assertions say of a result.</summary>
/// <param name="Failures">Of those that refuse it.</param>
/// <param name="Warnings">Of those that only warn.</param>
internal sealed record AssertionFindings(
    IReadOnlyList<V1.CheckFailure> Failures,
    IReadOnlyList<V1.CheckFailure> Warnings
)
{
    public static AssertionFindings None { get; } = new([], []);
}

/// <summary>
/// Runs the project's assertions on what a merge, a pick or a revert would show. First without locks, on a scratch
/// timeline that is undone, so that nobody waits for them; only where the target moved on meanwhile are they run again,
/// in the merge's own transaction, so that a target that never rests is merged into all the same. Thread-safe.
/// </summary>
public sealed class MergeAssertions(AssertionStore assertions, AssertionChecks checks, MergeWriter writer)
{
    /// <summary>
    /// Checks a result before it is applied. One round trip where the project has no assertions; otherwise the result
    /// is written, looked at and undone.
    /// </summary>
    /// <returns>Null where the target has moved on: plan again.</returns>
    internal async Task<AssertionFindings?> TryOutAsync(
        ProjectId project,
        string branch,
        MergeHeads heads,
        MergeCommit commit,
        CancellationToken cancellationToken
    )
    {
        var all = await assertions.ListAllAsync(project, cancellationToken);
        if (all.Count == 0)
        {
            return AssertionFindings.None;
        }

        await using var trial = await writer.TryOutAsync(project, heads, commit, cancellationToken);
        return trial is null ? null : await RunAsync(trial, branch, all, cancellationToken);
    }

    /// <summary>
    /// Checks a result that is written and not yet visible, while the target waits. Only assertions that can refuse it
    /// are run: the others said what they had to say before.
    /// </summary>
    internal async Task<AssertionFindings> CheckAsync(
        MergeTransaction merge,
        string branch,
        CancellationToken cancellationToken
    )
    {
        var all = await assertions.ListAllAsync(merge.Session.Project, cancellationToken);
        var refusing = all.Where(one => one.Severity == AssertionSeverity.Error).ToList();
        return refusing.Count == 0
            ? AssertionFindings.None
            : await RunAsync(merge, branch, refusing, cancellationToken);
    }

    private async Task<AssertionFindings> RunAsync(
        MergeTransaction merge,
        string branch,
        IReadOnlyList<AssertionRecord> chosen,
        CancellationToken cancellationToken
    )
    {
        var project = Contracts.Names.BranchName.Parse(branch).Project;
        var outcomes = await checks.RunAsync(merge.View, chosen, cancellationToken);
        var broken = outcomes
            .Where(outcome => !outcome.Holds)
            .ToLookup(outcome => outcome.Assertion.Severity, outcome => outcome.ToFailure(project));
        return new([.. broken[AssertionSeverity.Error]], [.. broken[AssertionSeverity.Warning]]);
    }
}

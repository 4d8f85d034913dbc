using Dendrite.Checks.Assertions;
using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Assertions;
using Dendrite.Storage.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>What assertions and required quality checks say of a result.</summary>
/// <param name="Failures">Of those that refuse it.</param>
/// <param name="Warnings">Of those that only warn.</param>
internal sealed record AssertionFindings(
    IReadOnlyList<V1.CheckFailure> Failures,
    IReadOnlyList<V1.CheckFailure> Warnings
)
{
    /// <summary>With what was found elsewhere.</summary>
    public AssertionFindings With(IReadOnlyList<V1.CheckFailure> others) => new([.. Failures, .. others], Warnings);
}

/// <summary>
/// Runs the project's assertions, and the quality checks that its protected branches require, on what a merge, pick or
/// a revert would show. First without locks, on a scratch timeline that is undone, so that nobody waits for them; only
/// where the target moved on meanwhile are they run again, in the merge's own transaction, so that a target that never
/// rests is merged into all the same. Thread-safe.
/// </summary>
public sealed class MergeAssertions(
    AssertionStore assertions,
    AssertionChecks checks,
    MergeQuality quality,
    MergeWriter writer
)
{
    /// <summary>
    /// Checks a result before it is applied. Two round trips at once where the project demands nothing; otherwise the
    /// result is written, looked at and undone.
    /// </summary>
    /// <returns>Null where the target has moved on: plan again.</returns>
    internal async Task<AssertionFindings?> TryOutAsync(
        ProjectId project,
        BranchName branch,
        MergeHeads heads,
        MergeCommit commit,
        CancellationToken cancellationToken
    )
    {
        var demands = await ListAsync(project, branch, heads, cancellationToken);
        var ofSource = await quality.LookUpAsync(project, heads, demands.Required, cancellationToken);
        if (demands.NeedNoResult)
        {
            return new(ofSource, []);
        }

        await using var trial = await writer.TryOutAsync(project, heads, commit, cancellationToken);
        return trial is null ? null : (await RunAsync(trial, demands, cancellationToken)).With(ofSource);
    }

    /// <summary>
    /// Checks a result that is written and not yet visible, while the target waits. Assertions that only warn are run
    /// as well: what they said before, if anything, was about another result.
    /// </summary>
    internal async Task<AssertionFindings> CheckAsync(
        MergeTransaction merge,
        BranchName branch,
        MergeHeads heads,
        CancellationToken cancellationToken
    )
    {
        var project = merge.Session.Project;
        var demands = await ListAsync(project, branch, heads, cancellationToken);
        var ofSource = await quality.LookUpAsync(project, heads, demands.Required, cancellationToken);
        return demands.NeedNoResult
            ? new(ofSource, [])
            : (await RunAsync(merge, demands, cancellationToken)).With(ofSource);
    }

    private async Task<Demands> ListAsync(
        ProjectId project,
        BranchName branch,
        MergeHeads heads,
        CancellationToken cancellationToken
    )
    {
        var all = assertions.ListAllAsync(project, cancellationToken);
        // A commit of the branch's own is no merge, and a protected branch takes none.
        var required = heads.IsAlone
            ? Task.FromResult(new RequiredChecks(branch))
            : quality.ListAsync(project, branch, heads.Target.Branch, cancellationToken);
        await Task.WhenAll(all, required);
        return new(await all, await required);
    }

    private async Task<AssertionFindings> RunAsync(
        MergeTransaction merge,
        Demands demands,
        CancellationToken cancellationToken
    )
    {
        var project = demands.Required.Target.Project;
        var outcomes =
            demands.Assertions.Count == 0
                ? []
                : await checks.RunAsync(merge.View, demands.Assertions, cancellationToken);
        var broken = outcomes
            .Where(outcome => !outcome.Holds)
            .ToLookup(outcome => outcome.Assertion.Severity, outcome => outcome.ToFailure(project));
        var unmet = await quality.RunAsync(demands.Required, merge.View, cancellationToken);
        return new([.. broken[AssertionSeverity.Error], .. unmet], [.. broken[AssertionSeverity.Warning]]);
    }

    /// <summary>What a result must meet.</summary>
    private sealed record Demands(IReadOnlyList<AssertionRecord> Assertions, RequiredChecks Required)
    {
        public bool NeedNoResult => Assertions.Count + Required.OfRecords.Count == 0;
    }
}

using System.Runtime.CompilerServices;
using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Retention;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Retention;

/// <summary>
/// Judges the branches of a project one by one: which policies match a branch is what the Branch service answers to
/// their filters, so a policy matches exactly what a list with its filter shows. Thread-safe.
/// </summary>
/// <remarks>
/// One walk over all branches and one for each policy, all by name and in step:
/// <code>
/// all         a  b  c  d  e
/// completed   a        d         a: judged by completed
/// old            b     d         d: by both
/// </code>
/// Each walk holds one page. A branch that changes between two walks' pages shows by its etag and is left for the next
/// time. One that a policy begins to match when its walk is past it shows nowhere: so each policy that did not match is
/// asked again before the branch is deleted.
/// </remarks>
internal sealed class RetentionScan(BranchService.BranchServiceClient branches, BranchUseStore uses, TimeProvider time)
{
    // Few calls for a large project; and labels and description of each may be 21 KB, of all under a message's 8 MB.
    private const int PageSize = 200;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Every branch of the project after a place, by name. Calls: a page of 200 branches for each policy, and one for
    /// all; one round trip to the database for each 200.
    /// </summary>
    public async IAsyncEnumerable<JudgedBranch> JudgeAsync(
        RetentionQuestion asked,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        BranchCursor Walk(string filter) =>
            new(
                branches,
                BranchCursor.Request(asked.Project.ToString(), filter, asked.AfterId, PageSize),
                () => Options(cancellationToken)
            );

        var all = Walk("");
        var walks = asked.Policies.Select(policy => (Terms: RetentionTerms.Of(policy), Walk: Walk(policy.Filter)));
        var policies = walks.ToList();
        var page = new List<Matched>(PageSize);
        while (await all.MoveNextAsync())
        {
            page.Add(await MatchAsync(all.Current!, policies));
            if (page.Count < PageSize)
                continue;
            foreach (var judged in await JudgeAsync(asked, page, cancellationToken))
                yield return judged;
            page.Clear();
        }

        foreach (var judged in await JudgeAsync(asked, page, cancellationToken))
            yield return judged;
    }

    /// <summary>
    /// A policy that matches a branch by now and did not when it was judged; null: none, so a branch that still has its
    /// etag is judged by all that match it. One call for each policy that did not match.
    /// </summary>
    public async Task<RetentionPolicyRecord?> FindNewMatchAsync(
        JudgedBranch judged,
        IReadOnlyList<RetentionPolicyRecord> policies,
        CancellationToken cancellationToken
    )
    {
        var name = BranchName.Parse(judged.Branch.Name);
        foreach (var policy in policies.Where(policy => judged.Policies.All(terms => terms.Policy != policy.Name)))
        {
            var request = BranchCursor.RequestOne(name, policy.Filter);
            if (await new BranchCursor(branches, request, () => Options(cancellationToken)).MoveNextAsync())
                return policy;
        }

        return null;
    }

    /// <summary>
    /// Judges a branch again by what goes on about it now: a tag, a writer, a run or a merge may have come since its
    /// page was judged, and none of them shows in its etag. One round trip.
    /// </summary>
    public async Task<JudgedBranch> JudgeAgainAsync(
        JudgedBranch judged,
        ProjectId project,
        RetentionMoment moment,
        CancellationToken cancellationToken
    )
    {
        string[] name = [BranchName.Parse(judged.Branch.Name).Branch];
        var known = await uses.ReadAsync(project, name, time.GetUtcNow(), cancellationToken);
        var facts = BranchFactsReader.Read(judged.Branch, known.GetValueOrDefault(judged.Uid));
        return judged with { Facts = facts, Verdict = RetentionRule.Judge(facts, judged.Policies, moment) };
    }

    /// <summary>The deadline of one call.</summary>
    public CallOptions Options(CancellationToken cancellationToken) =>
        new(deadline: (time.GetUtcNow() + CallTimeout).UtcDateTime, cancellationToken: cancellationToken);

    private static async Task<Matched> MatchAsync(
        Branch branch,
        IReadOnlyList<(RetentionTerms Terms, BranchCursor Walk)> policies
    )
    {
        var matching = new List<RetentionTerms>();
        var isSame = true;
        foreach (var (terms, walk) in policies)
        {
            if (!await walk.MoveToAsync(branch.Name))
                continue;
            matching.Add(terms);
            isSame &= walk.Current!.Etag == branch.Etag;
        }

        return new(branch, matching, isSame);
    }

    private async Task<IReadOnlyList<JudgedBranch>> JudgeAsync(
        RetentionQuestion asked,
        IReadOnlyList<Matched> page,
        CancellationToken cancellationToken
    )
    {
        var names = page.Select(matched => BranchName.Parse(matched.Branch.Name).Branch).ToList();
        var known =
            names.Count == 0 ? null : await uses.ReadAsync(asked.ProjectId, names, time.GetUtcNow(), cancellationToken);
        return
        [
            .. page.Select(matched =>
            {
                var use = matched.IsSame ? known?.GetValueOrDefault(Guid.Parse(matched.Branch.Uid)) : null;
                var facts = BranchFactsReader.Read(matched.Branch, use);
                return new JudgedBranch(
                    matched.Branch,
                    facts,
                    matched.Policies,
                    RetentionRule.Judge(facts, matched.Policies, asked.Moment)
                );
            }),
        ];
    }

    private sealed record Matched(Branch Branch, IReadOnlyList<RetentionTerms> Policies, bool IsSame);
}

/// <summary>What is to be judged.</summary>
/// <param name="Policies">Those that apply.</param>
internal sealed record RetentionQuestion(
    ProjectName Project,
    ProjectId ProjectId,
    IReadOnlyList<RetentionPolicyRecord> Policies,
    RetentionMoment Moment
)
{
    /// <summary>Only branches after this id; empty: all.</summary>
    public string AfterId { get; init; } = "";
}

/// <summary>A branch, and what retention does about it.</summary>
/// <param name="Policies">Those that match.</param>
internal sealed record JudgedBranch(
    Branch Branch,
    BranchFacts Facts,
    IReadOnlyList<RetentionTerms> Policies,
    RetentionVerdict Verdict
)
{
    public string Reason => RetentionReason.Of(Verdict, Facts);

    public Guid Uid => Guid.Parse(Branch.Uid);
}

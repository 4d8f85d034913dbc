using Dendrite.SchedulerService.Retention;
using Dendrite.Storage.Retention;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>The rule against a model that shares nothing with it: every small case, and many random ones.</summary>
public sealed class RetentionModelTests
{
    private const int RandomCases = 200_000;
    private static readonly DateTimeOffset Origin = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_branch_under_every_one_policy_fares_as_the_model_says()
    {
        var cases = 0;
        foreach (var policy in Policies())
        {
            foreach (var branch in Branches())
            {
                for (var now = 0; now <= 14; now++, cases++)
                    Compare(branch, [policy], now);
            }
        }

        Assert.True(cases > 100_000, $"{cases} cases");
    }

    [Fact]
    public void Branches_under_several_policies_fare_as_the_model_says()
    {
        // Seeded: a failure names the case, and comes again.
        var random = new Random(60_306);
        var policies = Policies().ToList();
        var branches = Branches().ToList();
        var fates = new Dictionary<ModelFate, int>();
        for (var i = 0; i < RandomCases; i++)
        {
            var matching = new Dictionary<string, ModelPolicy>();
            for (var count = random.Next(4); count > 0; count--)
            {
                var name = $"p{random.Next(5)}";
                matching[name] = policies[random.Next(policies.Count)] with { Name = name };
            }

            var fate = Compare(branches[random.Next(branches.Count)], matching.Values, random.Next(15));
            fates[fate] = fates.GetValueOrDefault(fate) + 1;
        }

        // Each fate comes often enough to mean something.
        Assert.All(
            Enum.GetValues<ModelFate>(),
            fate => Assert.True(fates.GetValueOrDefault(fate) > 500, $"{fate}: {fates.GetValueOrDefault(fate)}")
        );
    }

    private static IEnumerable<ModelPolicy> Policies() =>
        from basis in Enum.GetValues<RetentionStart>()
        from keep in new[] { 1, 3, 6 }
        from warn in new int?[] { null, 2 }
        where warn is null || warn < keep
        from takesTagged in new[] { false, true }
        select new ModelPolicy("p", basis, keep, warn, takesTagged);

    private static IEnumerable<ModelBranch> Branches() =>
        from made in new[] { 0, 2 }
        from commit in new int?[] { null, 1, 5 }
        from ended in new int?[] { null, 3 }
        from expires in new int?[] { null, 4, 9 }
        from restored in new int?[] { null, 6 }
        from hasTag in new[] { false, true }
        from special in new[] { 0, 1, 2, 3, 4 }
        select new ModelBranch
        {
            Made = made,
            LastCommit = commit,
            ExperimentEnded = ended,
            Expires = expires,
            Restored = restored,
            HasTag = hasTag,
            IsUntouchable = special == 1,
            IsHeld = special == 2,
            Warned = special switch
            {
                3 => (6, 4),
                4 => (9, 8),
                _ => null,
            },
        };

    private static ModelFate Compare(ModelBranch branch, IReadOnlyCollection<ModelPolicy> matching, int now)
    {
        var (fate, decider) = RetentionModel.Judge(branch, matching, now);
        var terms = matching.Select(policy => new RetentionTerms(
            policy.Name,
            policy.Basis,
            TimeSpan.FromHours(policy.Keep),
            policy.Warn is { } warn ? TimeSpan.FromHours(warn) : null,
            policy.TakesTagged
        ));
        // A commit within the hour that now ends is one of just now.
        var moment = new RetentionMoment(At(now), TimeSpan.FromTicks(1));
        var verdict = RetentionRule.Judge(FactsOf(branch), [.. terms], moment);
        var said = verdict.Cause is RetentionCause.Unmatched ? ModelFate.None : FateOf(verdict.Action);
        var shown = $"{branch} under [{string.Join("; ", matching)}] at {now}: {verdict.Cause}";
        Assert.True(fate == said, $"{shown}; the model says {fate}");
        if (fate is ModelFate.Delete or ModelFate.Warn or ModelFate.Wait)
            Assert.True(decider == verdict.Terms?.Policy, $"{shown} by {verdict.Terms?.Policy}, not by {decider}");
        return fate;
    }

    private static BranchFacts FactsOf(ModelBranch branch) =>
        new(At(branch.Made))
        {
            HeadTime = At(branch.LastCommit),
            ExperimentEnd = At(branch.ExperimentEnded),
            ExpireTime = At(branch.Expires),
            RestoreTime = At(branch.Restored),
            Tag = branch.HasTag ? "v1" : null,
            IsProtected = branch.IsUntouchable,
            HeldBy = branch.IsHeld ? "somebody" : null,
            Notice = branch.Warned is { } warned ? new(At(warned.End), At(warned.At)) : null,
        };

    private static ModelFate FateOf(RetentionAction action) =>
        action switch
        {
            RetentionAction.Keep => ModelFate.Keep,
            RetentionAction.Warn => ModelFate.Warn,
            RetentionAction.Wait => ModelFate.Wait,
            RetentionAction.Delete => ModelFate.Delete,
            _ => ModelFate.None,
        };

    private static DateTimeOffset At(int hour) => Origin.AddHours(hour);

    private static DateTimeOffset? At(int? hour) => hour is { } set ? At(set) : null;
}

using Dendrite.Storage.Retention;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>A branch as the model sees it: times in whole ticks of any length, and nothing computed.</summary>
internal sealed record ModelBranch
{
    public required int Made { get; init; }
    public int? LastCommit { get; init; }
    public int? ExperimentEnded { get; init; }
    public int? Expires { get; init; }
    public int? Restored { get; init; }
    public bool HasTag { get; init; }
    public bool IsUntouchable { get; init; }
    public bool IsHeld { get; init; }

    /// <summary>The end that was warned of, and when.</summary>
    public (int End, int At)? Warned { get; init; }
}

/// <summary>A policy as the model sees it.</summary>
internal sealed record ModelPolicy(string Name, RetentionStart Basis, int Keep, int? Warn, bool TakesTagged);

/// <summary>What the model says becomes of a branch.</summary>
internal enum ModelFate
{
    None,
    Keep,
    Warn,
    Wait,
    Delete,
}

/// <summary>
/// Retention told another way than the rule: not by computing ends and taking the latest, but by asking whether
/// anybody still objects to the branch going. Who no longer objects never objects again, so the last objection is found
/// by halving. Shares no code with the rule.
/// </summary>
internal static class RetentionModel
{
    /// <summary>No case has an end beyond this tick.</summary>
    private const int Horizon = 1 << 22;

    public static (ModelFate Fate, string? Decider) Judge(
        ModelBranch branch,
        IReadOnlyCollection<ModelPolicy> matching,
        int now,
        int quiet = 1
    )
    {
        if (matching.Count == 0 && branch.Expires is null)
            return (ModelFate.None, null);
        if (branch.IsUntouchable)
            return (ModelFate.Keep, null);
        if (EndOf(branch, matching) is not { } end)
            return (ModelFate.Keep, null);
        var decider = Decider(ObjectorsAt(branch, matching, end - 1));
        var warn = matching.SingleOrDefault(policy => policy.Name == decider)?.Warn;
        return (FateAt(branch, now, (end, warn), quiet), decider);
    }

    /// <summary>The first tick at which nobody objects; null: somebody always does.</summary>
    public static int? EndOf(ModelBranch branch, IReadOnlyCollection<ModelPolicy> matching)
    {
        bool IsObjectedAt(int tick) => ObjectorsAt(branch, matching, tick).Any();
        if (IsObjectedAt(Horizon))
            return null;
        var (objected, free) = (-1, Horizon);
        while (free - objected > 1)
        {
            var middle = objected + ((free - objected) / 2);
            (objected, free) = IsObjectedAt(middle) ? (middle, free) : (objected, middle);
        }

        return free;
    }

    private static ModelFate FateAt(ModelBranch branch, int now, (int End, int? Warn) term, int quiet)
    {
        var end = term.End;
        if (term.Warn is { } ahead)
        {
            var warnedAt = branch.Warned is { } warning && warning.End == end ? warning.At : (int?)null;
            if (warnedAt is null)
                return now < end - ahead ? ModelFate.Keep : ModelFate.Warn;
            if (now < warnedAt)
                return ModelFate.Keep;
            if (now < end || now - warnedAt < ahead)
                return ModelFate.Warn;
        }

        if (now < end)
            return ModelFate.Keep;
        return branch.IsHeld || now - branch.LastCommit < quiet ? ModelFate.Wait : ModelFate.Delete;
    }

    /// <summary>The policy of those that objected last; of several the first by name; the expiry only alone.</summary>
    private static string? Decider(IEnumerable<string?> last) =>
        last.Where(name => name is not null).Order(StringComparer.Ordinal).FirstOrDefault();

    private static IEnumerable<string?> ObjectorsAt(
        ModelBranch branch,
        IReadOnlyCollection<ModelPolicy> matching,
        int tick
    )
    {
        if (branch.Expires is { } expiry && tick < expiry)
            yield return null;
        if (matching.Count == 0 && branch.HasTag)
            yield return null;
        foreach (var policy in matching)
        {
            if (Objects(branch, policy, tick))
                yield return policy.Name;
        }
    }

    private static bool Objects(ModelBranch branch, ModelPolicy policy, int tick)
    {
        if (branch.HasTag && !policy.TakesTagged)
            return true;
        var age = policy.Basis switch
        {
            RetentionStart.CreateTime => tick - branch.Made,
            RetentionStart.HeadTime when branch.LastCommit > branch.Made => tick - branch.LastCommit,
            RetentionStart.HeadTime => tick - branch.Made,
            RetentionStart.ExperimentEnd => tick - branch.ExperimentEnded,
            _ => tick - branch.Expires,
        };
        if (age is null)
            return true;
        return age < policy.Keep || tick - branch.Restored < policy.Keep;
    }
}

using Dendrite.Storage.Retention;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>A branch as the model sees it: hours since the beginning of time, and nothing computed.</summary>
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
/// Retention told another way than the rule: not by computing ends and taking the latest, but by asking hour after hour
/// whether anybody still objects to the branch going. Slow and plain; shares no code with the rule.
/// </summary>
internal static class RetentionModel
{
    /// <summary>No case has an end beyond this hour.</summary>
    private const int Horizon = 64;

    public static (ModelFate Fate, string? Decider) Judge(
        ModelBranch branch,
        IReadOnlyCollection<ModelPolicy> matching,
        int now
    )
    {
        if (matching.Count == 0 && branch.Expires is null)
            return (ModelFate.None, null);
        if (branch.IsUntouchable)
            return (ModelFate.Keep, null);
        // The first hour from which on nobody objects any more, and who objected last.
        var lastObjection = -1;
        List<string?> lastObjectors = [null];
        for (var hour = 0; hour <= Horizon; hour++)
        {
            var objectors = ObjectorsAt(branch, matching, hour).ToList();
            if (objectors.Count > 0)
                (lastObjection, lastObjectors) = (hour, objectors);
        }

        if (lastObjection == Horizon)
            return (ModelFate.Keep, null);
        var end = lastObjection + 1;
        var decider = Decider(lastObjectors);
        var warn = matching.SingleOrDefault(policy => policy.Name == decider)?.Warn;
        return (FateAt(branch, now, end, warn), decider);
    }

    private static ModelFate FateAt(ModelBranch branch, int now, int end, int? warn)
    {
        if (warn is { } hours)
        {
            var warnedAt = branch.Warned is { } warning && warning.End == end ? warning.At : (int?)null;
            if (warnedAt is null)
                return now < end - hours ? ModelFate.Keep : ModelFate.Warn;
            if (now < warnedAt)
                return ModelFate.Keep;
            if (now < end || now - warnedAt < hours)
                return ModelFate.Warn;
        }

        if (now < end)
            return ModelFate.Keep;
        return branch.IsHeld || branch.LastCommit >= now ? ModelFate.Wait : ModelFate.Delete;
    }

    /// <summary>The policy of those that objected last; of several the first by name; the expiry only alone.</summary>
    private static string? Decider(IEnumerable<string?> last) =>
        last.Where(name => name is not null).Order(StringComparer.Ordinal).FirstOrDefault();

    private static IEnumerable<string?> ObjectorsAt(
        ModelBranch branch,
        IReadOnlyCollection<ModelPolicy> matching,
        int hour
    )
    {
        if (branch.Expires is { } expiry && hour < expiry)
            yield return null;
        if (matching.Count == 0 && branch.HasTag)
            yield return null;
        foreach (var policy in matching)
        {
            if (Objects(branch, policy, hour))
                yield return policy.Name;
        }
    }

    private static bool Objects(ModelBranch branch, ModelPolicy policy, int hour)
    {
        if (branch.HasTag && !policy.TakesTagged)
            return true;
        var age = policy.Basis switch
        {
            RetentionStart.CreateTime => hour - branch.Made,
            RetentionStart.HeadTime when branch.LastCommit > branch.Made => hour - branch.LastCommit,
            RetentionStart.HeadTime => hour - branch.Made,
            RetentionStart.ExperimentEnd => hour - branch.ExperimentEnded,
            _ => hour - branch.Expires,
        };
        if (age is null)
            return true;
        return age < policy.Keep || hour - branch.Restored < policy.Keep;
    }
}

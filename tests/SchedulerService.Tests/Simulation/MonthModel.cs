using Dendrite.SchedulerService.Tests.Retention;
using Dendrite.Storage.Retention;

namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>An experiment of the month: what is planned for it, in minutes, and how it stands.</summary>
internal sealed record Experiment(string Id, int Made, string Sort)
{
    /// <summary>When it ends, and how.</summary>
    public int End { get; init; } = int.MaxValue;
    public bool Fails { get; init; }
    public int TaggedAt { get; init; } = int.MaxValue;
    public IReadOnlyList<int> Commits { get; init; } = [];

    /// <summary>At the first minute, its expiry is set to the second.</summary>
    public (int At, int To)? Extension { get; init; }

    /// <summary>From when to when a merge from it is open.</summary>
    public (int From, int To)? Merge { get; init; }
    public bool IsProtected { get; init; }

    /// <summary>Somebody restores it so many minutes after it was deleted, once.</summary>
    public int? RestoredAfter { get; init; }

    public ModelBranch Branch
    {
        get => field ??= new() { Made = Made, IsUntouchable = IsProtected };
        set;
    }

    public bool IsFailed { get; set; }
    public int? Deleted { get; set; }
    public int Purges { get; set; }
    public bool IsGone { get; set; }
    public int Deletions { get; set; }
    public int Warnings { get; set; }

    public bool IsLive => Deleted is null && !IsGone;
}

/// <summary>
/// What the nights of the month should do, by <see cref="RetentionModel"/>. Which policy matches what is told here in
/// C# and in the policies as filters; nothing else is shared with the scheduler.
/// </summary>
internal sealed class MonthModel
{
    private const int Hour = 60;
    private const int Day = 24 * Hour;

    public List<Experiment> Experiments { get; } = [];

    public List<(ModelPolicy Policy, int PurgeAfter, Func<Experiment, bool> Matches)> Policies { get; } =
    [
        (Of("completed", RetentionStart.ExperimentEnd, 7 * Day, Day), 7 * Day, one => Ended(one) && !one.IsFailed),
        (Of("failed", RetentionStart.ExperimentEnd, Day, null), 7 * Day, one => Ended(one) && one.IsFailed),
        (Of("tagged", RetentionStart.HeadTime, 365 * Day, Day), 7 * Day, one => one.Branch.HasTag),
        (Of("keeper", RetentionStart.CreateTime, 20 * Day, 2 * Day), 7 * Day, one => one.Sort == "keeper"),
        (Of("scratch", RetentionStart.HeadTime, 2 * Day, null), Day, one => one.Sort == "scratch"),
        (Of("expiring", RetentionStart.ExpireTime, Day, null), 3 * Day, one => one.Sort == "expiring"),
        (
            Of("disposable", RetentionStart.CreateTime, 3 * Day, 12 * Hour) with
            {
                TakesTagged = true,
            },
            7 * Day,
            one => one.Sort == "disposable"
        ),
    ];

    /// <summary>What a run for this minute should do.</summary>
    /// <returns>How many branches are due and wait for who works on them.</returns>
    public int Night(int now)
    {
        var waiting = 0;
        foreach (var one in Experiments.Where(one => one.Made <= now && one.IsLive))
        {
            var matching = Policies.Where(policy => policy.Matches(one)).Select(policy => policy.Policy).ToList();
            var (fate, decider) = RetentionModel.Judge(one.Branch, matching, now, Hour);
            if (fate is ModelFate.Delete)
            {
                var purge = Policies.FirstOrDefault(policy => policy.Policy.Name == decider).PurgeAfter;
                // Its own expiry: the Branch service's usual month.
                (one.Deleted, one.Purges) = (now, now + (purge == 0 ? 30 * Day : purge));
                one.Deletions++;
            }
            else if (fate is ModelFate.Warn)
            {
                var end = RetentionModel.EndOf(one.Branch, matching)!.Value;
                if (one.Branch.Warned?.End == end)
                    continue;
                one.Branch = one.Branch with { Warned = (end, now) };
                one.Warnings++;
            }
            else if (fate is ModelFate.Wait)
            {
                waiting++;
            }
        }

        return waiting;
    }

    /// <summary>Deleted branches whose time to be restored is over are gone.</summary>
    public void Purge(int now)
    {
        foreach (var one in Experiments.Where(one => one.Deleted is not null && one.Purges <= now))
            (one.Deleted, one.IsGone) = (null, true);
    }

    private static bool Ended(Experiment one) => one.Branch.ExperimentEnded is not null;

    private static ModelPolicy Of(string name, RetentionStart basis, int keep, int? warn) =>
        new(name, basis, keep, warn, TakesTagged: false);
}

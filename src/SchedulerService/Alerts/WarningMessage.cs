using System.Globalization;
using Dendrite.Contracts.Names;
using Dendrite.Storage.Alerts;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Makes one message of all warnings of retention that a rule has not told of: pure.</summary>
internal static class WarningMessage
{
    /// <summary>Named in the message; of more it says how many.</summary>
    private const int MaxBranches = 100;

    /// <summary>Named in the summary, which is one line.</summary>
    private const int MaxNamed = 3;

    private const int MaxSummary = 1_000;

    /// <summary>
    /// An alert that is over with its being told. Null while there are not as many as the rule wants, or the first of
    /// them is not as old as it wants.
    /// </summary>
    public static (AlertRecord Alert, AlertMessage Message)? TryMake(
        string project,
        AlertRuleRecord rule,
        IReadOnlyList<StandingWarning> warnings,
        DateTimeOffset now
    )
    {
        if (warnings.Count == 0 || !Figures.Holds(rule, warnings.Count))
            return null;
        var first = warnings.Min(warning => warning.WarnTime);
        if (now - first < rule.Hold)
            return null;
        var alert = new AlertRecord(
            Guid.CreateVersion7(now),
            rule.Id,
            rule.Name,
            Summarize(warnings),
            warnings.Count,
            first < now ? first : now,
            now
        );
        var message = AlertMapper.MessageOf(project, rule) with
        {
            State = "warning",
            AlertId = alert.Id.ToString(),
            Summary = alert.Summary,
            Value = alert.Value,
            StartTime = alert.StartTime,
            Branches = [.. warnings.Take(MaxBranches).Select(warning => Show(project, warning))],
        };
        return (alert, message);
    }

    private static string Summarize(IReadOnlyList<StandingWarning> warnings)
    {
        var named = string.Join(
            ", ",
            warnings.Take(MaxNamed).Select(warning => $"{warning.BranchId} on {Instant(warning.Due)}")
        );
        var more = warnings.Count > MaxNamed ? $" and {warnings.Count - MaxNamed} more" : "";
        var what = warnings.Count == 1 ? "1 branch is" : $"{warnings.Count} branches are";
        var text = $"{what} deleted soon unless extended: {named}{more}; 'dendrite branch extend ID 30d' keeps one";
        return text.Length <= MaxSummary ? text : text[..MaxSummary];
    }

    private static WarnedBranch Show(string project, StandingWarning warning) =>
        new(
            new BranchName(project, warning.BranchId).ToString(),
            warning.Owner,
            warning.Policy,
            warning.Due.ToUniversalTime()
        );

    private static string Instant(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

/// <summary>A branch that is deleted soon, as messages have it.</summary>
/// <param name="Branch">Resource name.</param>
/// <param name="Policy">Id of the policy that decides; empty: the branch's own expiry.</param>
internal sealed record WarnedBranch(string Branch, string Owner, string Policy, DateTimeOffset DueTime);

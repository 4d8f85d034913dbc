using Dendrite.Storage.Alerts;
using Dendrite.Storage.Projects;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>
/// Looks at the rules of all projects once: measures, moves each rule on, and queues messages in the same transaction.
/// Any number of replicas may come at once: each project is looked at by one of them each interval.
/// </summary>
internal sealed partial class AlertPass(
    AlertPassStores stores,
    InstallationMeasure installation,
    HealthMeter meter,
    IOptions<AlertOptions> options,
    TimeProvider time,
    ILogger<AlertPass> logger
)
{
    private const int PageSize = 500;

    /// <summary>Of which runs the ratio of successes is, as the contract says.</summary>
    private static readonly TimeSpan SuccessWindow = TimeSpan.FromDays(1);

    /// <summary>How long a late beginning counts: long enough for a few looks, short enough to be over soon.</summary>
    private static readonly TimeSpan DelayWindow = TimeSpan.FromMinutes(15);

    private const string OverBefore = "it was over before this was sent";
    private const string NoRule = "its rule was deleted, disabled or changed to watch something else";

    /// <returns>How many alerts began or ended.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var whole = await installation.MeasureAsync(cancellationToken);
        meter.Record(whole);
        var (after, changes) = ("", 0);
        while (true)
        {
            var page = await stores.Projects.ListAsync(after, PageSize, cancellationToken);
            foreach (var project in page)
            {
                changes += await TryLookAsync(project, whole, cancellationToken);
            }

            if (page.Count < PageSize)
            {
                return changes;
            }

            after = page[^1].Name;
        }
    }

    private async Task<int> TryLookAsync(
        ProjectRecord project,
        InstallationFigures whole,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await LookAsync(project, whole, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // One project that cannot be looked at must not leave the others unwatched.
            LogFailed(logger, error, project.Name);
            return 0;
        }
    }

    private async Task<int> LookAsync(
        ProjectRecord project,
        InstallationFigures whole,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        // A little less than the interval: timers do not strike to the millisecond.
        var due = options.Value.Interval * 0.9;
        await using var look = await stores.Looks.TakeAsync(project.Id, now, due, cancellationToken);
        if (look is null && !meter.IsWanted)
        {
            return 0;
        }

        var jobs = await stores.Figures.ReadAsync(
            project.Id,
            now - SuccessWindow,
            now - DelayWindow,
            now,
            cancellationToken
        );
        var measured = new Measured(jobs, whole, now);
        meter.Record(project.Name, measured);
        if (look is null)
        {
            return 0;
        }

        var changes = await AdvanceAsync(project.Name, look, measured, cancellationToken);
        await look.CommitAsync(options.Value.KeepAlerts, options.Value.LongestWait, cancellationToken);
        return changes;
    }

    private async Task<int> AdvanceAsync(
        string project,
        AlertLook look,
        Measured measured,
        CancellationToken cancellationToken
    )
    {
        var open = look.Open.ToDictionary(alert => alert.RuleId);
        var changes = 0;
        foreach (var watched in look.Rules)
        {
            if (Figures.IsEvent(watched.Rule.Metric))
            {
                changes += await TellWarningsAsync(project, look, watched.Rule, measured.Now, cancellationToken);
                continue;
            }

            var subject = SubjectOf(watched.Rule);
            var standing = StandingOf(watched, subject, open.ContainsKey(watched.Rule.Id));
            var figure = Figures.Find(watched.Rule.Metric, watched.Rule.Job, measured);
            var holds = Figures.Holds(watched.Rule, figure);
            var step = AlertMachine.Advance(standing, AlertHolds.Of(watched.Rule), holds, measured.Now);
            if (
                standing is { Phase: AlertPhase.Firing or AlertPhase.Recovering }
                && open.Remove(watched.Rule.Id, out var alert)
                && step.IsOver
            )
            {
                await EndAsync(project, look, (watched.Rule, alert), measured.Now, cancellationToken);
                changes++;
            }

            // It is about what the rule watched before.
            if (open.Remove(watched.Rule.Id, out var old))
            {
                look.End(old, NoRule);
                changes++;
            }

            if (step.FiredSince is { } since)
            {
                Fire(project, look, watched.Rule, (figure!.Value, since), measured.Now);
                changes++;
            }

            if (step.Standing != watched.Standing || watched.Subject != subject)
            {
                look.Stand(watched.Rule, step.Standing, subject);
            }
        }

        foreach (var orphan in open.Values)
        {
            look.End(orphan, NoRule);
            changes++;
        }

        return changes;
    }

    private void Fire(
        string project,
        AlertLook look,
        AlertRuleRecord rule,
        (double Figure, DateTimeOffset Since) found,
        DateTimeOffset now
    )
    {
        var summary = Figures.Describe(rule, found.Figure);
        var alert = new AlertRecord(
            Guid.CreateVersion7(now),
            rule.Id,
            rule.Name,
            summary,
            found.Figure,
            found.Since,
            null
        );
        look.Fire(alert);
        LogFired(logger, project, rule.Name, summary);
        var message = MessageOf(project, rule, alert) with { State = "firing" };
        foreach (var channel in AlertChannels.Parse(rule.ChannelsJson))
        {
            look.Tell(AlertDeliveries.Of(rule, alert, channel, message, now));
        }
    }

    private async Task<int> TellWarningsAsync(
        string project,
        AlertLook look,
        AlertRuleRecord rule,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var warnings = await look.ListWarningsAsync(rule, cancellationToken);
        if (WarningMessage.TryMake(project, rule, warnings, now) is not (var alert, var message))
        {
            return 0;
        }

        look.Fire(alert);
        look.MarkTold(rule, warnings);
        LogFired(logger, project, rule.Name, alert.Summary);
        foreach (var channel in AlertChannels.Parse(rule.ChannelsJson))
        {
            look.Tell(AlertDeliveries.Of(rule, alert, channel, message, now));
        }

        return 1;
    }

    private async Task EndAsync(
        string project,
        AlertLook look,
        (AlertRuleRecord Rule, AlertRecord Alert) ended,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var (rule, alert) = ended;
        // Whoever was told that it began is told that it is over, though the rule has other channels by now.
        var told = await look.ToldAsync(alert, cancellationToken);
        look.End(alert, OverBefore);
        LogEnded(logger, project, rule.Name);
        var message = MessageOf(project, rule, alert) with { State = "resolved", EndTime = now };
        foreach (var channel in told.Select(AlertChannel.Parser.ParseJson))
        {
            look.TellEnd(AlertDeliveries.Of(rule, alert, channel, message, now));
        }
    }

    private static AlertMessage MessageOf(string project, AlertRuleRecord rule, AlertRecord alert) =>
        AlertMapper.MessageOf(project, rule) with
        {
            AlertId = alert.Id.ToString(),
            Summary = alert.Summary,
            Value = alert.Value,
            StartTime = alert.StartTime,
        };

    /// <summary>
    /// How it stood, or null where that says nothing: it watches something else by now, or was disabled meanwhile,
    /// which
    /// ended its alert.
    /// </summary>
    private static AlertStanding? StandingOf(WatchedRule watched, string subject, bool hasAlert)
    {
        var isAlerting = watched.Standing is { Phase: AlertPhase.Firing or AlertPhase.Recovering };
        return watched.Subject == subject && isAlerting == hasAlert ? watched.Standing : null;
    }

    /// <summary>What a standing is about: of another figure it says nothing.</summary>
    private static string SubjectOf(AlertRuleRecord rule) =>
        $"{rule.Metric} {(rule.IsAbove ? "above" : "below")} {rule.Job}";
}

/// <summary>What a pass reads and writes.</summary>
internal sealed record AlertPassStores(ProjectStore Projects, AlertLookStore Looks, AlertFigureStore Figures);

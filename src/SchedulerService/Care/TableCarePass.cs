using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Care;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Care;

/// <summary>
/// Does what is due about tables, as a part of a run: the last part, so that what the run removed is counted. One
/// session of the whole installation cares at a time, whichever project's run it is; the others find nothing to do.
/// </summary>
internal sealed class TableCarePass(CareSurvey survey, CareDatabase database, TableCareStep step)
{
    /// <summary>Things done in one run: beyond them something is wrong, and the next run goes on.</summary>
    private const int MaxSteps = 100;

    /// <param name="mayBegin">Asked before each thing is begun: rests, and ends what has had its time.</param>
    public async Task<CareTally> RunAsync(
        RunContext run,
        Func<Task<bool>> mayBegin,
        CancellationToken cancellationToken
    )
    {
        var plan = await survey.PlanAsync(cancellationToken);
        if (run.Run.DryRun)
        {
            return CareTally.OfPlan(plan);
        }

        var isAnythingToDo = plan.Due.Any() || plan.Tables.Any(table => table.LeftIndexes.Count > 0);
        if (!isAnythingToDo)
        {
            return CareTally.Nothing;
        }

        if (!database.IsThere)
        {
            // Said in every run: it is what an operator looks for who wonders why nothing is done.
            run.Log(
                LogLevel.Warning,
                $"{plan.Due.Count()} things are due about tables and left to the server's own vacuum: "
                    + "ConnectionStrings:care is not configured."
            );
            return CareTally.Nothing;
        }

        await using var session = await database.TryBeginAsync(cancellationToken);
        return session is null ? CareTally.Nothing : await WorkAsync(session, run, mayBegin, cancellationToken);
    }

    private async Task<CareTally> WorkAsync(
        CareSession session,
        RunContext run,
        Func<Task<bool>> mayBegin,
        CancellationToken cancellationToken
    )
    {
        var tally = new CareTally();
        var seen = new HashSet<(string Table, string Index)>();
        for (var count = 0; count < MaxSteps && await mayBegin(); count++)
        {
            // Anew before each: what was quiet may be busy by now, and another session may have done it.
            var plan = await survey.PlanAsync(cancellationToken);
            if (count == 0)
            {
                await step.TidyAsync(plan, run, cancellationToken);
            }

            var next = plan.Due.FirstOrDefault(due => !seen.Contains((due.Table.Facts.Table, due.Decision.Index)));
            if (next.Table is null)
            {
                break;
            }

            seen.Add((next.Table.Facts.Table, next.Decision.Index));
            run.Lease.ThrowIfLost();
            tally.Add(next.Decision, await step.DoAsync(session, run, next.Table, next.Decision, cancellationToken));
        }

        return tally;
    }
}

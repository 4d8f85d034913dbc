using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Care.Forecasting;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Care;
using Microsoft.Extensions.Options;
using Npgsql;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Care;

/// <summary>Does one thing about one table, and keeps what it was like before and after.</summary>
internal sealed class TableCareStep(
    CareStores stores,
    CareDatabase database,
    CareMeter meter,
    IOptions<CareOptions> options,
    TimeProvider time
)
{
    /// <summary>How often it is told how far the server is.</summary>
    private static readonly TimeSpan TellInterval = TimeSpan.FromSeconds(2);

    /// <summary>Removes what rebuilds left behind that were cut off.</summary>
    public async Task TidyAsync(CarePlan plan, RunContext run, CancellationToken cancellationToken)
    {
        foreach (var table in plan.Tables)
        {
            foreach (var index in table.LeftIndexes)
            {
                run.Lease.ThrowIfLost();
                if (await stores.Tables.DropLeftIndexAsync(index, cancellationToken))
                {
                    run.Log(LogLevel.Information, $"Removed an index of {table.Facts.Table} that was never finished.");
                }
            }
        }
    }

    /// <summary>Cancelled, it is cancelled at the server, kept as failed, and the cancellation goes on.</summary>
    public async Task<CareActionRecord> DoAsync(
        CareSession session,
        RunContext run,
        TablePlan table,
        CareDecision decision,
        CancellationToken cancellationToken
    )
    {
        var begun = Begin(run, table, decision);
        await stores.Actions.BeginAsync(begun, cancellationToken);
        var what = decision.Index.Length > 0 ? decision.Index : begun.Table;
        run.Log(LogLevel.Information, $"{Verb(begun.Kind)} {what}: {decision.Reason}.");
        try
        {
            var left = await TellingAsync(
                run,
                session,
                $"{Verb(begun.Kind)} {what}",
                token => ActAsync(session, table, decision, token),
                cancellationToken
            );
            var outcome = left is null ? CareOutcome.Done : CareOutcome.Left;
            return await EndAsync(run, begun with { Outcome = outcome, Message = left ?? "" }, table.Oid);
        }
        catch (PostgresException failure) when (!cancellationToken.IsCancellationRequested)
        {
            var failed = begun with { Outcome = CareOutcome.Failed, Message = failure.MessageText };
            return await EndAsync(run, failed, table.Oid);
        }
        catch (Exception)
        {
            await TryEndAsync(run, begun with { Outcome = CareOutcome.Failed, Message = "it was cut off" }, table.Oid);
            throw;
        }
    }

    private Task<string?> ActAsync(
        CareSession session,
        TablePlan table,
        CareDecision decision,
        CancellationToken cancellationToken
    ) =>
        decision.Action is CareAction.RebuildIndex
            ? session.RebuildIndexAsync(table.Indexes[decision.Index], options.Value.RebuildPatience, cancellationToken)
            : session.VacuumAsync(
                table.Oid,
                freeze: decision.Action is CareAction.Freeze,
                gently: decision.Timing is CareTiming.Urgent,
                cancellationToken
            );

    private CareActionRecord Begin(RunContext run, TablePlan table, CareDecision decision)
    {
        var now = time.GetUtcNow();
        var facts = table.Facts;
        return new(Guid.CreateVersion7(now), KindOf(decision.Action), facts.Table)
        {
            Index = decision.Index,
            IsUrgent = decision.Timing is CareTiming.Urgent,
            Reason = decision.Reason,
            Run = new RunName(run.Job.Project, run.Job.Job, run.Run.Id.ToString()).ToString(),
            StartTime = now,
            BytesBefore = facts.Indexes.FirstOrDefault(each => each.Index == decision.Index)?.Bytes ?? facts.RowBytes,
            DeadRowsBefore = facts.DeadRows + facts.ToastDeadRows,
        };
    }

    /// <summary>What cut it off is what counts: a record that cannot be closed is closed by the next session.</summary>
    private async Task TryEndAsync(RunContext run, CareActionRecord action, uint table)
    {
        try
        {
            await EndAsync(run, action, table);
        }
        catch (Exception error) when (error is NpgsqlException or OperationCanceledException)
        {
            run.Log(LogLevel.Warning, $"How {action.Table} was left could not be kept: {error.Message}");
        }
    }

    /// <summary>By no caller's token: also of what was cancelled the record must not stay open.</summary>
    private async Task<CareActionRecord> EndAsync(RunContext run, CareActionRecord action, uint table)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var after = await stores.Tables.FindAsync(table, limit.Token);
        var ended = action with
        {
            EndTime = time.GetUtcNow(),
            BytesAfter = BytesOf(after, action.Index),
            DeadRowsAfter = after?.DeadRows + after?.ToastDeadRows,
        };
        if (ended.IsVain)
        {
            var holder = await stores.Tables.FindHolderAsync(limit.Token) ?? "somebody who is done by now";
            ended = ended with { Message = $"next to nothing could be removed, for {holder} may still see it" };
        }

        await stores.Actions.EndAsync(ended, limit.Token);
        meter.Count(ended);
        var level = ended.Outcome switch
        {
            CareOutcome.Done => ended.IsVain ? LogLevel.Warning : LogLevel.Information,
            CareOutcome.Left => LogLevel.Warning,
            _ => LogLevel.Error,
        };
        run.Log(level, Describe(ended));
        return ended;
    }

    private async Task<string?> TellingAsync(
        RunContext run,
        CareSession session,
        string what,
        Func<CancellationToken, Task<string?>> act,
        CancellationToken cancellationToken
    )
    {
        run.Tell(what, 0, null, "pages");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var telling = TellAsync(run, session.Backend, what, ended.Token);
        try
        {
            return await act(cancellationToken);
        }
        finally
        {
            await ended.CancelAsync();
            await telling;
        }
    }

    private async Task TellAsync(RunContext run, int backend, string what, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TellInterval, time, cancellationToken);
                if (await database.FindProgressAsync(backend, cancellationToken) is { } progress)
                {
                    run.Tell($"{what}: {progress.Phase}", progress.BlocksDone, progress.BlocksTotal, "pages");
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or NpgsqlException)
        {
            // It ended; or nobody can say how far it is, which is no reason to stop it.
        }
    }

    private static long? BytesOf(TableMeasure? after, string index) =>
        index.Length == 0
            ? after?.HeapBytes + after?.ToastBytes
            : after?.Indexes.FirstOrDefault(each => each.Index == index)?.Bytes;

    private static CareKind KindOf(CareAction action) =>
        action switch
        {
            CareAction.RebuildIndex => CareKind.RebuildIndex,
            CareAction.Freeze => CareKind.Freeze,
            _ => CareKind.Vacuum,
        };

    private static string Verb(CareKind kind) =>
        kind switch
        {
            CareKind.RebuildIndex => "Rebuilding",
            CareKind.Freeze => "Freezing",
            _ => "Vacuuming",
        };

    private static string Describe(CareActionRecord ended)
    {
        var what = ended.Index.Length > 0 ? ended.Index : ended.Table;
        var figures =
            $"{ended.BytesBefore} bytes before and {ended.BytesAfter} after, "
            + $"{ended.DeadRowsBefore} dead rows before and {ended.DeadRowsAfter} after";
        return ended.Outcome switch
        {
            CareOutcome.Done when ended.IsVain => $"{what} is done, and {ended.Message}: {figures}.",
            CareOutcome.Done => $"{what} is done: {figures}.",
            CareOutcome.Left => $"{what} was left: {ended.Message}.",
            _ => $"{what} failed: {ended.Message}.",
        };
    }
}

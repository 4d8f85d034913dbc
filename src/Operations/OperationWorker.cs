using Dendrite.Contracts.Errors;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Draining;
using Dendrite.Storage.Operations;
using Google.Protobuf;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dendrite.Operations;

/// <summary>
/// Works on operations: takes one, does its task, and says how it ended. A stopping replica gives its operations back
/// at once, before its last calls have ended, and one that dies is found out when its leases pass.
/// </summary>
public sealed partial class OperationWorker(
    OperationLeaseStore leases,
    OperationSignals signals,
    IEnumerable<IOperationTask> tasks,
    IOptions<OperationOptions> options,
    DrainState drain,
    TimeProvider time,
    ILogger<OperationWorker> logger
) : BackgroundService
{
    /// <summary>How many that wait are looked at; others may take them first.</summary>
    private const int LookAhead = 16;

    /// <summary>Old operations that are removed whenever one ends: more than come.</summary>
    private const int RemoveAtOnce = 100;

    private static readonly string Worker = $"{Environment.MachineName}/{Environment.ProcessId}";

    private readonly Dictionary<string, IOperationTask> tasks = tasks.ToDictionary(task => task.Method);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Draining);
        var token = stopping.Token;
        await Task.WhenAll(Enumerable.Range(0, options.Value.MaxConcurrent).Select(_ => WorkOnAsync(token)));
    }

    private async Task WorkOnAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (!await TryWorkAsync(stopping))
                {
                    await signals.WaitForWorkAsync(options.Value.PollInterval, stopping);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // A database that is away must not end the service: the next look may find it again.
                LogAway(logger, error);
                await Task.Delay(options.Value.PollInterval, time, stopping)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>Whether something was done, so that looking again at once makes sense.</returns>
    private async Task<bool> TryWorkAsync(CancellationToken stopping)
    {
        var lease = options.Value.Lease;
        foreach (var waiting in await leases.ListWaitingAsync(tasks.Keys, lease, LookAhead, stopping))
        {
            if (waiting.IsAhead)
            {
                if (await leases.SetBackAsync(waiting, lease, stopping))
                {
                    LogSetBack(logger, waiting.Id);
                }
            }
            else if (await leases.TakeAsync(waiting.Project, waiting.Id, Worker, lease, stopping) is { } taken)
            {
                return await WorkAsync(new(waiting.ProjectName), taken, stopping);
            }
        }

        return false;
    }

    /// <returns>False where it waits again.</returns>
    private async Task<bool> WorkAsync(ProjectName project, OperationRecord operation, CancellationToken stopping)
    {
        LogBegun(logger, operation.Id, operation.Method, operation.Attempt);
        if (operation.CancelTime is not null)
        {
            return await EndAsync(operation, OperationErrors.Cancelled());
        }

        if (operation.Attempt > options.Value.MaxAttempts)
        {
            return await EndAsync(operation, OperationErrors.GivenUp(operation.Attempt - 1));
        }

        await using var lease = new OperationLease(leases, operation, options.Value.Lease, time);
        using var listening = signals.Listen(operation.Project, operation.Id, lease.Cancel);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, lease.Stop);
        try
        {
            var work = new OperationWork(project, operation, lease, leases, time);
            var made = await tasks[operation.Method].RunAsync(work, either.Token);
            return await SucceedAsync(operation, made, work.IsAnsweredOnce);
        }
        catch (Exception error)
        {
            return await FailAsync(operation, lease, error, stopping);
        }
    }

    private async Task<bool> FailAsync(
        OperationRecord operation,
        OperationLease lease,
        Exception error,
        CancellationToken stopping
    )
    {
        if (lease.IsLost)
        {
            LogLost(logger, operation.Id, operation.Method);
            return true;
        }

        if (lease.IsCancelled && error is OperationCanceledException)
        {
            return await EndAsync(operation, OperationErrors.Cancelled());
        }

        if (stopping.IsCancellationRequested || IsPassing(error) && operation.Attempt < options.Value.MaxAttempts)
        {
            LogGivenBack(logger, operation.Id, operation.Method, error.Message);
            await leases.GiveBackAsync(operation, CancellationToken.None);
            return false;
        }

        if (error is DendriteException known)
        {
            return await EndAsync(operation, known);
        }

        LogFailed(logger, error, operation.Id, operation.Method, operation.Attempt);
        return await EndAsync(operation, OperationErrors.Unforeseen(operation.Id));
    }

    private static bool IsPassing(Exception error) =>
        error is DendriteException { Reason: ErrorReason.Unavailable } or Npgsql.NpgsqlException { IsTransient: true };

    private Task<bool> SucceedAsync(OperationRecord operation, IMessage made, bool isOnce)
    {
        var response = new OperationResponse(made.Descriptor.FullName, made.ToByteArray()) { IsOnce = isOnce };
        return response.Bytes.Length > OperationResponse.MaxBytes
            ? EndAsync(operation, OperationErrors.TooLarge(response.Bytes.Length))
            : EndAsync(operation, OperationState.Succeeded, response, error: null);
    }

    private Task<bool> EndAsync(OperationRecord operation, DendriteException error) =>
        EndAsync(
            operation,
            error.Reason == ErrorReason.OperationCancelled ? OperationState.Cancelled : OperationState.Failed,
            response: null,
            NestedStatus.Of(error).ToByteArray()
        );

    private async Task<bool> EndAsync(
        OperationRecord operation,
        OperationState state,
        OperationResponse? response,
        byte[]? error
    )
    {
        // Also while stopping: what was done is worth saying.
        if (await leases.EndAsync(operation, state, response, error, CancellationToken.None))
        {
            LogEnded(logger, operation.Id, operation.Method, state);
            await leases.RemoveOldAsync(operation.Project, options.Value.Keep, RemoveAtOnce, CancellationToken.None);
        }
        else
        {
            LogLost(logger, operation.Id, operation.Method);
        }

        return true;
    }
}

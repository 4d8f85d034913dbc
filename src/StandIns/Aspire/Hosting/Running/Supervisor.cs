using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>A process as others see it: a known state, its health, and its exit code once it has ended.</summary>
internal readonly record struct ProcessStatus(string State, bool IsHealthy = false, int? ExitCode = null);

/// <summary>
/// Keeps one workload running: starts it, waits for its health, starts it again where it may, stops it.
/// </summary>
internal sealed partial class Supervisor(
    IWorkload workload,
    ProcessLauncher launcher,
    ConsoleLog console,
    TimeProvider time,
    ILogger logger
) : IDisposable
{
    private static readonly TimeSpan FirstProbePause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan MaxProbePause = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan StillWaitingNotice = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource stopping = new();
    private LocalProcess? current;
    private LaunchPlan? plan;
    private Task run = Task.CompletedTask;

    public string Name => workload.Name;

    /// <summary>What the process wrote last before it ended.</summary>
    public string LastLines { get; private set; } = string.Empty;

    /// <summary>Called at each change, in order.</summary>
    public Action<ProcessStatus>? Changed { get; set; }

    /// <summary>Runs until the process has ended for good.</summary>
    /// <exception cref="DistributedApplicationException">It could not be started, or failed.</exception>
    public Task RunAsync() => run = RunUntilEndAsync();

    /// <summary>Asks the process to end, and kills it where it does not within its limit.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        if (current is { } process && plan is not null && !process.Exited.IsCompleted)
        {
            Changed?.Invoke(new ProcessStatus(KnownResourceStates.Stopping));
            process.Send(plan.StopSignal);
            try
            {
                await process.Exited.WaitAsync(workload.StopLimit, time);
            }
            catch (TimeoutException)
            {
                LogKilled(logger, Name, workload.StopLimit.TotalSeconds);
                process.Send(UnixSignal.Kill);
            }
        }

        try
        {
            await run;
        }
        catch (Exception e) when (e is OperationCanceledException or DistributedApplicationException)
        {
            // Reported where RunAsync was awaited.
        }
    }

    public void Dispose() => stopping.Dispose();

    private async Task RunUntilEndAsync()
    {
        var ending = new Ending(0, WasEverHealthy: false, workload.IsChecked, Restarts: 0);
        while (true)
        {
            var (exitCode, healthyFor) = await RunOnceAsync();
            if (stopping.IsCancellationRequested)
            {
                Changed?.Invoke(new ProcessStatus(KnownResourceStates.Exited, ExitCode: exitCode));
                return;
            }

            ending = ending with
            {
                ExitCode = exitCode,
                WasEverHealthy = ending.WasEverHealthy || (healthyFor is not null && workload.Restarts),
                Restarts = healthyFor > RestartPolicy.WellAgain ? 0 : ending.Restarts,
            };
            switch (workload.Restarts ? RestartPolicy.Decide(ending) : AfterEnding.Finished)
            {
                case AfterEnding.Finished:
                    Changed?.Invoke(new ProcessStatus(KnownResourceStates.Finished, ExitCode: exitCode));
                    return;
                case AfterEnding.Fails:
                    Changed?.Invoke(new ProcessStatus(KnownResourceStates.FailedToStart, ExitCode: exitCode));
                    throw new ProcessFailedException(Name, exitCode, HowItEnded(ending), LastLines);
                case AfterEnding.Restarts:
                    await PauseAsync(ending);
                    ending = ending with { Restarts = ending.Restarts + 1 };
                    break;
            }
        }
    }

    private static string HowItEnded(Ending ending) =>
        ending.WasEverHealthy ? $"after {ending.Restarts} restarts" : "before it was healthy";

    private async Task PauseAsync(Ending ending)
    {
        var delay = RestartPolicy.Delay(ending.Restarts);
        LogRestarts(logger, Name, ending.ExitCode, delay.TotalSeconds);
        await Task.Delay(delay, time, stopping.Token);
    }

    private async Task<(int ExitCode, TimeSpan? HealthyFor)> RunOnceAsync()
    {
        Changed?.Invoke(new ProcessStatus(KnownResourceStates.Starting));
        plan = await workload.PrepareAsync(stopping.Token);
        stopping.Token.ThrowIfCancellationRequested();
        using var process = await launcher.StartAsync(plan, line => console.Write(Name, line));
        current = process;
        if (stopping.IsCancellationRequested)
        {
            // Stopping began while it was being started and did not see it.
            process.Send(plan.StopSignal);
        }

        Changed?.Invoke(new ProcessStatus(KnownResourceStates.Running));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        var healthy = BecomeHealthyAsync(ended.Token);
        await Task.WhenAny(process.Exited, healthy);
        long? since = healthy.IsCompletedSuccessfully ? time.GetTimestamp() : null;
        if (healthy.IsFaulted)
        {
            // Made ready, it could not be used: the database could not be created, for instance.
            process.Send(plan.StopSignal);
            await healthy;
        }

        var exitCode = await process.Exited;
        await ended.CancelAsync();
        LastLines = process.LastLines;
        return (exitCode, since is null ? null : time.GetElapsedTime(since.Value));
    }

    private async Task BecomeHealthyAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var notice = StillWaitingNotice;
        var pause = FirstProbePause;
        while (await workload.ProbeAsync(cancellationToken) is { } trouble)
        {
            if (time.GetElapsedTime(started) > notice)
            {
                LogStillWaiting(logger, Name, notice.TotalSeconds, trouble);
                notice *= 2;
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < MaxProbePause ? pause * 2 : MaxProbePause;
        }

        await workload.OnHealthyAsync(cancellationToken);
        Changed?.Invoke(new ProcessStatus(KnownResourceStates.Running, IsHealthy: true));
    }
}

/// <summary>A process ended where it should have gone on, or with another exit code than it should have.</summary>
internal sealed class ProcessFailedException(string name, int exitCode, string circumstance, string lastLines)
    : DistributedApplicationException(
        $"'{name}' ended with exit code {exitCode} {circumstance}"
            + (lastLines.Length > 0 ? $". Its last lines:\n{lastLines}" : " and wrote nothing")
    )
{
    public int ExitCode => exitCode;
}

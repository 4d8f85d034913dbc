namespace Aspire.Hosting.Running;

/// <summary>How a process ended, seen with what came before.</summary>
/// <param name="ExitCode">0 where it ended by itself and in order.</param>
/// <param name="WasEverHealthy">Whether it passed its health check at any time in this run of the AppHost.</param>
/// <param name="IsChecked">Whether it has a health check at all; a program without one may simply be done.</param>
/// <param name="Restarts">Restarts in a row; a process that stayed healthy for a while begins again at 0.</param>
internal readonly record struct Ending(int ExitCode, bool WasEverHealthy, bool IsChecked, int Restarts);

internal enum AfterEnding
{
    /// <summary>It did its work.</summary>
    Finished,

    /// <summary>Everything is stopped, with its exit code.</summary>
    Fails,

    /// <summary>It is started again, on the same ports.</summary>
    Restarts,
}

/// <summary>
/// What follows when a process ends by itself. One that never became healthy is broken, and starting it again would
/// only hide that. One that was healthy has crashed or was killed, and comes back, as it would under any supervisor in
/// production.
/// </summary>
internal static class RestartPolicy
{
    /// <summary>In a row: with the delays below, about half a minute.</summary>
    public const int MaxRestarts = 10;

    /// <summary>Healthy for so long, a process counts as well again.</summary>
    public static readonly TimeSpan WellAgain = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    public static AfterEnding Decide(Ending ending) =>
        ending switch
        {
            { IsChecked: false, ExitCode: 0 } => AfterEnding.Finished,
            { WasEverHealthy: false } => AfterEnding.Fails,
            { Restarts: >= MaxRestarts } => AfterEnding.Fails,
            _ => AfterEnding.Restarts,
        };

    /// <summary>Doubles from 0.1 s to 5 s.</summary>
    public static TimeSpan Delay(int restarts)
    {
        var delay = FirstDelay * Math.Pow(2, restarts);
        return delay < MaxDelay ? delay : MaxDelay;
    }
}

namespace Aspire.Hosting.Running;

/// <summary>One process that the AppHost keeps running: what starts it, and how its health is known.</summary>
internal interface IWorkload
{
    /// <summary>Unique among the processes; replicas bear a number.</summary>
    string Name { get; }

    /// <summary>Whether <see cref="ProbeAsync"/> says more than that the process runs.</summary>
    bool IsChecked { get; }

    /// <summary>Whether a healthy process that died is started again.</summary>
    bool Restarts { get; }

    /// <summary>How long it may take to stop when asked to; then it is killed.</summary>
    TimeSpan StopLimit { get; }

    /// <summary>Makes everything ready for a start, each time anew, and says how to start.</summary>
    /// <exception cref="DistributedApplicationException">It cannot be started; the message says what to do.</exception>
    Task<LaunchPlan> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Null when healthy, else what is wrong. Answers within seconds and does not throw.</summary>
    Task<string?> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Called once after each start, before others are told that it is healthy.</summary>
    Task OnHealthyAsync(CancellationToken cancellationToken);
}

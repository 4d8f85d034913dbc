namespace Dendrite.SchedulerService.Workflows;

/// <summary>How workflows wait. Section <c>Scheduler:Workflows</c>.</summary>
internal sealed class WorkflowOptions
{
    public const string Section = "Scheduler:Workflows";

    /// <summary>
    /// How often a step that waits looks where nobody tells it that something changed: Redis may be away. Default 5 s.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long it rests between two looks, however often it is told. Default 500 ms.</summary>
    public TimeSpan MinPause { get; set; } = TimeSpan.FromMilliseconds(500);

    public bool IsValid => PollInterval > TimeSpan.Zero && MinPause > TimeSpan.Zero;
}

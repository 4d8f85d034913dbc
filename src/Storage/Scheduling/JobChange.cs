namespace Dendrite.Storage.Scheduling;

/// <summary>What of a job is new.</summary>
[Flags]
public enum JobChange
{
    None = 0,

    /// <summary>When it runs; the engine's marks are set anew.</summary>
    Schedule = 1,

    /// <summary>What it does.</summary>
    Task = 2,
}

namespace Dendrite.Operations;

/// <summary>How long work is done. Section <c>Operations</c>.</summary>
public sealed class OperationOptions
{
    public const string Section = "Operations";

    /// <summary>After how long without a sign of life an operation is taken over. Default 30 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a replica looks for work that others left. Its own it knows at once. Default 5 s.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Operations that one replica works on at once; each may take hundreds of MB. Default 2.</summary>
    public int MaxConcurrent { get; set; } = 2;

    /// <summary>How often one is begun at most: one that takes its replica down with it must end. Default 5.</summary>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>How long operations that are done are kept, and with them their results. Default 30 days.</summary>
    public TimeSpan Keep { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The contract promises 7 days.</summary>
    public bool IsValid =>
        Lease > TimeSpan.Zero
        && PollInterval > TimeSpan.Zero
        && MaxConcurrent > 0
        && MaxAttempts > 0
        && Keep >= TimeSpan.FromDays(7);
}

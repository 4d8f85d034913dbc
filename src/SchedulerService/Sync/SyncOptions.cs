namespace Dendrite.SchedulerService.Sync;

/// <summary>How sources are read. Section <c>Scheduler:Sync</c>.</summary>
internal sealed class SyncOptions
{
    public const string Section = "Scheduler:Sync";

    /// <summary>
    /// The folder for sources that are folders: below it each project has one of its own, named by its id. Null: such
    /// sources are refused.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>Wait before the second try of a request or an item, doubled for each further one. Default 1
    /// s.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between tries. Default 1 min.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Longest wait that a source may ask for (Retry-After) within an attempt; one that asks for more is left to the
    /// job's next attempt. Default 5 min.
    /// </summary>
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Most bytes of a JSON document, which is held in memory. Default 64 MiB.</summary>
    public long MaxJsonBytes { get; set; } = 64L << 20;

    /// <summary>Most bytes, unpacked, of a document that is read line by line. Default 4 GiB.</summary>
    public long MaxDocumentBytes { get; set; } = 4L << 30;

    public bool IsValid =>
        FirstDelay > TimeSpan.Zero
        && MaxDelay >= FirstDelay
        && MaxRetryAfter >= TimeSpan.Zero
        && MaxJsonBytes > 0
        && MaxDocumentBytes > 0;
}

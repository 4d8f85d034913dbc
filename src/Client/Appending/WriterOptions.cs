namespace Dendrite.Client.Appending;

/// <summary>What to append to, and how.</summary>
public sealed record WriterOptions
{
    /// <summary><c>projects/{project}/branches/{branch}/streams/{stream}</c>.</summary>
    public required string Stream { get; init; }

    /// <summary>
    /// What the stream is: channels, rate, start time. The stream is made from it where it does not exist, and must be
    /// like it where it does.
    /// </summary>
    public required V1.SignalStream Descriptor { get; init; }

    /// <summary>
    /// Samples of each channel in a block; null: as many as make half a MiB of raw samples. Fewer are sent by
    /// <see cref="SignalWriter.FlushAsync"/>, at the end, and where the platform takes no block of so many.
    /// </summary>
    public int? SamplesPerBlock { get; init; }

    /// <summary>
    /// Payload sent and not yet acknowledged, in bytes; what the server allows, if that is less. Default 16 MiB.
    /// </summary>
    public long MaxBytesInFlight { get; init; } = 16 << 20;

    /// <summary>Who writes, for people who look at the stream.</summary>
    public string Writer { get; init; } = Environment.MachineName;

    /// <summary>Message of the commits; the platform's own when empty.</summary>
    public string CommitMessage { get; init; } = "";

    /// <summary>Called after each acknowledgement, in order, on a thread of the pool; must not block.</summary>
    public Action<WriterProgress>? OnProgress { get; init; }

    internal const int DefaultBlockBytes = 512 << 10;
}

/// <summary>How far a writer is.</summary>
/// <param name="DurableSample">Every sample before it is durable, in all channel groups.</param>
/// <param name="Version">The commit that brought it there.</param>
/// <param name="WrittenSample">Index after the last sample given to the writer.</param>
/// <param name="Reconnects">How often the connection had to be made anew.</param>
public readonly record struct WriterProgress(long DurableSample, long Version, long WrittenSample, int Reconnects);

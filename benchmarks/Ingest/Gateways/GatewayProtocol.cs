using System.Text.Json.Serialization;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>
/// What the benchmark asks of the process that the gateways run in: one line of JSON each, answered by one line of
/// <see cref="GatewayReport"/>.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "do")]
[JsonDerivedType(typeof(OpenLoad), "open")]
[JsonDerivedType(typeof(WriteUnits), "write")]
[JsonDerivedType(typeof(WriteAtPace), "pace")]
[JsonDerivedType(typeof(CloseLoad), "close")]
internal abstract record GatewayCommand;

/// <summary>Opens writers; they stay open until <see cref="CloseLoad"/>.</summary>
/// <param name="Load">A number of one's own choice, by which the other commands name it.</param>
/// <param name="Way">How samples are stored.</param>
/// <param name="Address">Of the Ingest service; of PostgreSQL as a connection string for the baselines.</param>
/// <param name="ApiKey">Of the Ingest service; empty for the baselines.</param>
/// <param name="Targets">For each writer its stream, or its name in the baseline's table.</param>
/// <param name="Shape">What each records.</param>
internal sealed record OpenLoad(
    int Load,
    StorageWay Way,
    string Address,
    string ApiKey,
    IReadOnlyList<string> Targets,
    RecordingShape Shape
) : GatewayCommand;

/// <summary>Writes as fast as may be, shared out over the writers, and answers when everything is durable.</summary>
/// <param name="Count">Blocks; rows where the way is by rows.</param>
internal sealed record WriteUnits(int Load, int Count) : GatewayCommand;

/// <summary>Each writer writes a block whenever a device would have one ready.</summary>
internal sealed record WriteAtPace(int Load, double Seconds) : GatewayCommand;

/// <summary>Ends the writers.</summary>
internal sealed record CloseLoad(int Load) : GatewayCommand;

/// <summary>How samples are stored.</summary>
internal enum StorageWay
{
    /// <summary>Through the client library and the Ingest service.</summary>
    Append,

    /// <summary><c>COPY BINARY</c> of the raw samples, a row for each block.</summary>
    Copy,

    /// <summary>A row for each instant and channel, with an array of <c>NUMERIC</c>.</summary>
    Rows,

    /// <summary>A row for each instant, with an array of <c>NUMERIC</c> of all channels.</summary>
    WideRows,
}

/// <summary>What a device delivers.</summary>
/// <param name="Channels">Of int16.</param>
/// <param name="RateHz">Samples a second, in each channel.</param>
/// <param name="SamplesPerBlock">Samples of each channel that are stored together.</param>
/// <param name="Source">Where they come from.</param>
internal sealed record RecordingShape(int Channels, int RateHz, int SamplesPerBlock, SampleSource Source)
{
    /// <summary>Whether they are handed over as a device delivers them: all channels of one instant, then of the
    /// next.</summary>
    public bool IsInterleaved { get; init; }

    /// <summary>Over all channels.</summary>
    public long BlockSamples => (long)Channels * SamplesPerBlock;

    /// <summary>How long a device takes to fill a block.</summary>
    public TimeSpan BlockTime => TimeSpan.FromSeconds((double)SamplesPerBlock / RateHz);
}

/// <summary>What is recorded.</summary>
internal enum SampleSource
{
    /// <summary>Made up: broadband ephys at 0.2 µV a step.</summary>
    Broadband,

    /// <summary>A real recording of 4 channels at 40 kHz, again and again, at another place in each channel.</summary>
    RealEphys,

    /// <summary>Made up: resting-state EEG at 0.1 µV a step.</summary>
    Eeg,
}

/// <summary>The answer to a command.</summary>
internal sealed record GatewayReport
{
    /// <summary>What went wrong; null: nothing.</summary>
    public string? Error { get; init; }

    /// <summary>Of the samples as the fast effort encodes them; 0 where nothing was encoded.</summary>
    public double BitsPerSample { get; init; }

    /// <summary>Of a paced run: how long after its last sample a block was durable, in milliseconds.</summary>
    public double LatencyP50 { get; init; }

    /// <inheritdoc cref="LatencyP50"/>
    public double LatencyP99 { get; init; }

    /// <summary>Blocks that became durable.</summary>
    public int Blocks { get; init; }

    /// <summary>Managed memory in use after a collection, in bytes.</summary>
    public long HeapBytes { get; init; }
}

using System.Text.Json.Nodes;

namespace Dendrite.Signals.Formats;

/// <summary>
/// The one shape that files of every format are read into: all about a recording but its samples, the result of reading
/// and checking the whole of it once. Samples come from <see cref="RecordingReader.ReadAsync"/>.
/// </summary>
public sealed record Recording
{
    /// <summary>The format and its variant, for people: <c>EDF+D</c>, <c>BrainVision 1.0</c>.</summary>
    public required string Format { get; init; }

    /// <summary>
    /// The instant from which all seconds of this recording count. UTC where the format has no time zone; null when the
    /// file does not say.
    /// </summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<RecordedStream> Streams { get; init; }

    public required IReadOnlyList<RecordingWarning> Warnings { get; init; }

    /// <summary>What the header says beyond the other properties; goes with every stream.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>Key of <see cref="Metadata"/> in that of a stream: the family of the format, <c>edf</c>.</summary>
    public required string MetadataKey { get; init; }

    public RecordedDevice Device { get; init; } = new();
}

/// <summary>What made the signal; empty where the file does not say.</summary>
public sealed record RecordedDevice
{
    public string Manufacturer { get; init; } = "";

    public string Model { get; init; } = "";

    public string SerialNumber { get; init; } = "";

    public string FirmwareVersion { get; init; } = "";
}

/// <summary>Channels on one clock with one rate.</summary>
public sealed record RecordedStream
{
    /// <summary>
    /// What tells it from the other streams of the file, such as <c>100hz</c>; empty where it is alone.
    /// </summary>
    public string Suffix { get; init; } = "";

    public required RecordedRate Rate { get; init; }

    /// <summary>When sample 0 was taken, in seconds after <see cref="Recording.StartTime"/>.</summary>
    public decimal OnsetSeconds { get; init; }

    /// <summary>Empty when the stream holds nothing but annotations.</summary>
    public required IReadOnlyList<RecordedChannel> Channels { get; init; }

    /// <summary>Of each channel, those that are missing in gaps included.</summary>
    public required long SampleCount { get; init; }

    /// <summary>Those of them that are missing.</summary>
    public long MissingSampleCount { get; init; }

    public IReadOnlyList<RecordedAnnotation> Annotations { get; init; } = [];

    /// <summary>What the file says about this stream alone.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>The channels by group, in order: how pieces hold them.</summary>
    public IReadOnlyList<IReadOnlyList<RecordedChannel>> Groups =>
        [.. Channels.GroupBy(channel => channel.Group).OrderBy(group => group.Key).Select(group => group.ToList())];
}

/// <summary>Something noted about a run of time.</summary>
/// <param name="Text">Never empty.</param>
public sealed record RecordedAnnotation(string Text)
{
    /// <summary>The sample at, or last before, the onset.</summary>
    public long StartSample { get; init; }

    /// <summary>
    /// The exact onset in seconds after <see cref="Recording.StartTime"/>; null where the file gives a sample only.
    /// </summary>
    public decimal? OnsetSeconds { get; init; }

    /// <summary>Null where none is given.</summary>
    public decimal? DurationSeconds { get; init; }

    /// <summary>What sort it is, as the format says.</summary>
    public string Category { get; init; } = "";

    /// <summary>Labels of the channels that it is about; empty for all.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    /// <summary>Anything else; null for nothing.</summary>
    public JsonObject? Metadata { get; init; }
}

/// <summary>Says at which instant a sample was taken.</summary>
/// <param name="Sample">Index of the sample.</param>
/// <param name="Seconds">Corrected, after <see cref="Recording.StartTime"/>.</param>
public sealed record RecordedAnchor(long Sample, decimal Seconds)
{
    /// <summary>The device's own clock, uncorrected; null when not known.</summary>
    public double? DeviceSeconds { get; init; }

    /// <summary>
    /// The device's clock less the reference clock, as measured nearest to it; null when not measured.
    /// </summary>
    public double? ClockOffsetSeconds { get; init; }
}

using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Formats;

/// <summary>One channel of a recorded stream. A stored value <c>s</c> means <c>s * Scale + Offset</c>.</summary>
/// <param name="Label">Unique in its stream.</param>
/// <param name="SampleType">As the file has the samples, or the next larger type.</param>
public sealed record RecordedChannel(string Label, SampleType SampleType)
{
    /// <summary>Of the physical value, as it stands in the file.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Physical units a step; finite and not 0.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The physical value of the stored value 0; finite.</summary>
    public double Offset { get; init; }

    /// <summary>The calibration points of formats that have them; null elsewhere.</summary>
    public RecordedRange? Range { get; init; }

    public string Transducer { get; init; } = "";

    public string Prefilter { get; init; } = "";

    /// <summary>What it measures, such as <c>EEG</c>; empty where the file does not say.</summary>
    public string Modality { get; init; } = "";

    public string Location { get; init; } = "";

    /// <summary>Channels of one group have one sample type and come together; counted from 0.</summary>
    public int Group { get; init; }

    /// <summary>Facts about the channel that have no place of their own.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>The two points through which a channel's line runs; the physical minimum may be the larger one.</summary>
public sealed record RecordedRange(double PhysicalMin, double PhysicalMax, long DigitalMin, long DigitalMax);
